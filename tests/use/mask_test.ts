import { assertEquals, assertRejects } from "@std/assert";
import { maskLines, maskSecrets } from "../../lib/use/mask.ts";
import { ArarError } from "../../lib/errors.ts";

const session = {
  credentials: {
    accessKeyId: "ASIA",
    secretAccessKey: "s%1",
    sessionToken: "t",
    expiration: new Date(0),
  },
  arn: "arn:aws:sts::123456789012:assumed-role/r/s",
  accountId: "123456789012",
};

/** A world where stderr goes into a file or not; what was written is kept. */
function world(file: boolean) {
  const written: string[] = [];
  return {
    written,
    stderrIsFile: () => Promise.resolve(file),
    writeStderr: (text: string) => void written.push(text),
  };
}

Deno.test("maskSecrets()", async (t) => {
  await t.step("maskSecrets() hides all three parts in GitHub Actions, on lines of their own", async () => {
    const system = world(false);
    await maskSecrets(system, { GITHUB_ACTIONS: "true" }, session);
    assertEquals(system.written, ["\n::add-mask::ASIA\n::add-mask::s%251\n::add-mask::t\n"]);
  });

  await t.step("maskSecrets() writes nothing elsewhere", async () => {
    const system = world(false);
    await maskSecrets(system, { GITHUB_ACTIONS: "1" }, session);
    assertEquals(system.written, []);
  });

  await t.step("maskSecrets() refuses to write secrets into a file", async () => {
    const system = world(true);
    await assertRejects(
      () => maskSecrets(system, { GITHUB_ACTIONS: "true" }, session),
      ArarError,
      "stderr is redirected to a file",
    );
    assertEquals(system.written, []);
  });
});

Deno.test("maskLines()", async (t) => {
  await t.step("maskLines() masks each line of a value by itself", () => {
    assertEquals(maskLines(["a\r\nb\n", ""]), "::add-mask::a\n::add-mask::b\n");
  });
});
