/**
 * Tries the program that `ARAR_PROGRAM` names (a release's binary, the bundle, the source) on its own system, before a
 * release is published. Not part of the suite, which tests far more.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { renderCompletion } from "../../lib/cli/completion.ts";
import { arar } from "../arar.ts";
import { sampleEnv, startSts } from "../sts_server.ts";
import { readText } from "../project/sources.ts";

/** Prints what it can see of the role, and exits with a code that arar itself never uses. */
const COMMAND = [
  Deno.execPath(),
  "eval",
  `const { AWS_ACCESS_KEY_ID: key = "none", AWS_SESSION_TOKEN: token = "", AWS_ROLE_ARN: role = "gone" } = Deno.env.toObject();
   console.log(key.slice(0, 4), token.length > 0, role, JSON.stringify(Deno.args));
   Deno.exit(7);`,
];

Deno.test(`${Deno.env.get("ARAR_PROGRAM") ?? "main.ts"}`, async (t) => {
  await t.step("--version prints the version and the target", async () => {
    const { code, stdout, stderr } = await arar(["--version"]);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const { version }: { version: string } = JSON.parse(readText("deno.json"));
    assertStringIncludes(stdout, `arar ${version} (deno `);
    assertStringIncludes(stdout, Deno.env.get("TARGET") ?? Deno.build.target);
  });

  await t.step("--help prints the usage", async () => {
    const { code, stdout } = await arar(["--help"]);
    assertEquals(code, 0);
    assertMatch(stdout, /^Usage: arar \[options\]/m);
  });

  await t.step("--completions loads a part of the program that is rarely needed", async () => {
    const { code, stdout } = await arar(["--completions", "bash"]);
    assertEquals({ code, script: stdout }, { code: 0, script: renderCompletion("bash") });
  });

  // Each uses another part of the program, and of Deno.
  for (const flags of [[], ["--cache"], ["--refresh"]]) {
    await t.step(`${["-u", ...flags].join(" ")} -- runs a command as the role`, async () => {
      await using sts = await startSts();
      const { code, stdout, stderr } = await arar(["-u", ...flags, "--", ...COMMAND, "--", "-u", "", "ü"], {
        env: sampleEnv(sts),
        secrets: () => sts.secrets(),
      });
      assertEquals({ code, stderr }, { code: 7, stderr: "" });
      const key = flags.includes("--refresh") ? "none false" : "ASIA true";
      assertEquals(stdout.trimEnd(), `${key} gone ["-u","","ü"]`);
      assertEquals(sts.requests.length, 2);
    });
  }

  await t.step("a mistake ends with a message", async () => {
    const { code, stdout, stderr } = await arar(["--role-arn", "nonsense", "--", ...COMMAND]);
    assertEquals({ code, stdout }, { code: 125, stdout: "" });
    assertMatch(stderr, /^arar: .*nonsense/);
  });
});
