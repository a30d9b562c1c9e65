import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { maskSecrets } from "../../lib/use/mask.ts";
import { ArarError } from "../../lib/errors.ts";
import { sampleSession } from "./sessions.ts";

/** Masks the session; returns what was written to stderr. */
async function masked(env: Readonly<Record<string, string>>, isFile = false, sessionToken = "t"): Promise<string> {
  let written = "";
  const system = {
    stderrIsFile: () => isFile,
    writeStderr: (text: string) => void (written += text),
  };
  await maskSecrets(system, env, sampleSession({ credentials: { secretAccessKey: "s%1", sessionToken } }));
  return written;
}

Deno.test("maskSecrets()", async (t) => {
  const github = { GITHUB_ACTIONS: "true" };

  await t.step("masks all three values in GitHub Actions, starting on a new line", async () => {
    assertEquals(await masked(github), "\n::add-mask::ASIAEXAMPLE\n::add-mask::s%251\n::add-mask::t\n");
  });

  await t.step("masks each line of a value separately", async () => {
    assertStringIncludes(await masked(github, false, "a\r\nb\n"), "s%251\n::add-mask::a\n::add-mask::b\n");
  });

  await t.step("writes nothing elsewhere", async () => assertEquals(await masked({ GITHUB_ACTIONS: "1" }), ""));

  await t.step("refuses to write secrets into a file", async () => {
    await assertRejects(() => masked(github, true), ArarError, "stderr is redirected to a file");
  });
});
