/** The real program on Windows, or with Wine. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { arar } from "../arar.ts";
import { ALICE, callerEnv, startSts, TERRAFORM_ROLE } from "../sts_server.ts";

const SCRIPT = fileURLToPath(new URL("./show.js", import.meta.url));
const SHOW = [Deno.execPath(), "run", "--quiet", "--no-config", "-A", SCRIPT];
const WORDS = ["", "--", "a b", "c&d|e>f", "%PATH%", "it's", 'say "hi"', "größe", "C:\\dir\\", "^caret!"];

function isWindows(): boolean {
  if (Deno.build.os === "windows") return true;
  // deno-lint-ignore no-console
  console.error("skipped: the Windows half, which `deno task test:windows` runs under Wine");
  return false;
}

Deno.test({
  name: "arar on Windows",
  ignore: !isWindows(),
  async fn(t) {
    await using sts = await startSts();

    const run = (args: readonly string[], env: Record<string, string> = {}, stdin = "") =>
      arar(args, {
        env: {
          ...callerEnv(ALICE),
          AWS_ROLE_ARN: TERRAFORM_ROLE.arn,
          AWS_ENDPOINT_URL_STS: sts.url,
          AWS_REGION: "eu-west-1",
          ...env,
        },
        stdin,
        // The runner is told what to mask.
        secrets: () => env.GITHUB_ACTIONS ? [] : sts.secrets(),
      });

    for (const code of [0, 2, 9, 255]) {
      await t.step(`ends with the command's exit code ${code}`, async () => {
        const result = await run(["--", "cmd.exe", "/d", "/c", `exit ${code}`]);
        assertEquals([result.code, result.stderr], [code, ""]);
      });
    }

    await t.step("passes on exit codes of 32 bits", async () => {
      const result = await run(["--", Deno.execPath(), "eval", "Deno.exit(-1073741510)"]);
      assertEquals(result.code, -1073741510);
    });

    await t.step("passes on arguments, input and the role's variables", async () => {
      const { code, stdout, stderr } = await run(["--", ...SHOW, ...WORDS], { Aws_Profile: "none" }, "data\r\n");
      assertEquals([code, stderr], [0, ""]);
      const shown: { args: string[]; input: string; names: string[] } = JSON.parse(stdout);
      assertEquals([shown.args, shown.input], [WORDS, "data\r\n"]);
      const names = shown.names.map((name) => name.toUpperCase());
      assert(names.includes("AWS_SESSION_TOKEN") && !names.includes("AWS_PROFILE"), names.join());
    });

    await t.step("finds a .cmd through PATHEXT and leaves its arguments unchanged", async () => {
      const folder = await Deno.makeTempDir({ prefix: "arar cmd" });
      await Deno.writeTextFile(`${folder}\\shown.cmd`, `@${SHOW.map((word) => `"${word}"`).join(" ")} %*\r\n`);
      const words = WORDS.filter((word) => word !== "");
      const result = await run(["--", "shown", ...words], { PATH: `${folder};${Deno.env.get("PATH")}` });
      await Deno.remove(folder, { recursive: true });
      assertEquals([result.code, result.stderr], [0, ""]);
      const shown: { args: string[] } = JSON.parse(result.stdout);
      assertEquals(shown.args, words);
    });

    for (
      const [command, why] of [["no-such-command", "not found on PATH"], ["./no/such.exe", "no such file"], [
        "echo",
        "cmd /c",
      ]] as const
    ) {
      await t.step(`ends with 127 for a command that does not exist, without a call to STS: ${command}`, async () => {
        const asked = sts.requests.length;
        const result = await run(["--", command, "hi"]);
        assertEquals(result.code, 127);
        assertStringIncludes(result.stderr, `cannot run "${command}": `);
        assertStringIncludes(result.stderr, why);
        assertEquals(sts.requests.length, asked);
      });
    }

    await t.step("explains why a .cmd cannot get a line break", async () => {
      const folder = await Deno.makeTempDir({ prefix: "arar cmd" });
      await Deno.writeTextFile(`${folder}\\shown.cmd`, "@echo shown\r\n");
      const result = await run(["--", `${folder}\\shown.cmd`, "a\nb"]);
      await Deno.remove(folder, { recursive: true });
      assertEquals([result.code, result.stdout], [126, ""]);
      assertStringIncludes(result.stderr, "no line break");
    });

    await t.step("masks where stderr is a pipe", async () => {
      const result = await run(["--mask", "--", "cmd.exe", "/d", "/c", "exit 3"], { GITHUB_ACTIONS: "true" });
      assertEquals([result.code, result.stderr.match(/^::add-mask::/gm)?.length], [3, 3]);
    });

    await t.step("refuses --exec", async () => {
      const result = await run(["--exec", "--", "cmd.exe"]);
      assertEquals([result.code, result.stdout], [125, ""]);
      assertStringIncludes(result.stderr, "--exec");
    });
  },
});
