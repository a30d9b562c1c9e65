/** How arar runs a `credential_process`: its streams, its exit code, its time limit. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ProfileFiles, profileFiles } from "../profile/profiles.ts";
import { ALICE, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { ararWords, baseEnv } from "../arar.ts";
import { secondsOf, until } from "../patience.ts";
import { QUIET, SHOW, skipUnless } from "./job.ts";
import { assertChecked, calls, run, shownEnv } from "./signers.ts";
import { HAS_TERMINAL, onTerminal } from "./terminal.ts";

const UNIX = Deno.build.os !== "windows";
const SIGNED = [["AssumeRole", "alice", TERRAFORM_ROLE.arn]] as const;

/** Files with a profile `p` whose source profile runs this process. `FILE` is replaced by the path of alice's keys. */
function processFiles(process: string): ProfileFiles {
  const answer = { Version: 1, AccessKeyId: ALICE.accessKeyId, SecretAccessKey: ALICE.secretAccessKey };
  const files = profileFiles("", "");
  Deno.writeTextFileSync(`${files.folder}/answer`, JSON.stringify(answer));
  const command = process.replaceAll("FILE", `${files.folder}/answer`);
  Deno.writeTextFileSync(
    `${files.folder}/config`,
    `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\n[profile keys]\n${command}\n`,
  );
  return files;
}

Deno.test("arar with a credential_process", async (t) => {
  const show = UNIX ? "cat" : "type";
  const rows = [
    ["a command", `credential_process = ${show} FILE`],
    ["a command that continues on a second line", `credential_process = ${show}\n  FILE`],
    ["a setting with capital letters", `Credential_Process = ${show} FILE`],
    ["a quoted path", `credential_process = ${show} "FILE"`],
    ...UNIX
      ? [
        ["a quoted comment sign", `credential_process = sh -c 'cat "$1" ; : # "" ' x FILE`],
        ["a line that ends with a backslash", "credential_process = ca\\\n  t FILE"],
        ["a line break within quotes", "credential_process = sh -c 'cat FILE\n  exit 0\n  false'"],
      ] as const
      : [],
  ] as const;
  for (const [what, process] of rows) {
    await t.step(`runs ${what}`, async () => {
      using files = processFiles(process);
      await using sts = await startSts();
      assertChecked(await run(sts, ["--profile=p"], files.env));
      assertEquals(calls(sts), [...SIGNED]);
    });
  }

  for (
    const [what, words, names] of [["--credential-process", true, false], [
      "ARAR_CREDENTIAL_PROCESS",
      false,
      true,
    ]] as const
  ) {
    await t.step(`runs the program of ${what}, which the command cannot run`, async () => {
      using files = processFiles("region = eu-west-1");
      await using sts = await startSts();
      const command = `${show} "${files.folder}/answer"`;
      const given = words ? ["--credential-process", command] : [];
      const env = { AWS_ROLE_ARN: TERRAFORM_ROLE.arn, ...names && { ARAR_CREDENTIAL_PROCESS: command } };
      const { stdout, stderr } = await run(sts, [...given, "--", ...SHOW], env, { commandShowsSecrets: true });
      assertEquals([calls(sts), stderr], [[...SIGNED], ""]);
      assertEquals(shownEnv(stdout).ARAR_CREDENTIAL_PROCESS, undefined);
    });
  }

  await t.step({
    name: "ends at once if the program of ARAR_CREDENTIAL_PROCESS runs arar with it",
    ignore: !UNIX,
    fn: async () => {
      await using sts = await startSts();
      const command = ararWords().map((word) => `'${word}'`).join(" ");
      const env = { AWS_ROLE_ARN: TERRAFORM_ROLE.arn, ARAR_CREDENTIAL_PROCESS: `${command} --print process` };
      const { code, stderr } = await run(sts, [], env);
      assertEquals(code, 125);
      assertStringIncludes(stderr, "arar: the program of ARAR_CREDENTIAL_PROCESS runs arar with it again\n");
      assertEquals(calls(sts), []);
    },
  });

  await t.step({
    name: "does not let it read stdin, unless that is a terminal",
    ignore: !UNIX,
    fn: async () => {
      using files = processFiles('credential_process = [ -z "$(cat)" ] && cat FILE');
      await using sts = await startSts();
      const words = ["--profile=p", "--", ...QUIET];
      const result = await run(sts, words, files.env, { stdin: "for the command" });
      assertEquals([result.code, result.stderr], [0, ""]);
      assertEquals(calls(sts), [...SIGNED]);
    },
  });

  await t.step({
    name: "lets it prompt on the terminal",
    ignore: skipUnless(HAS_TERMINAL, "no python3 to make a terminal with"),
    fn: async () => {
      using files = processFiles("credential_process = printf 'PIN: ' >&2; read pin; [ $pin = 123 ] && cat FILE");
      await using sts = await startSts();
      const env = { ...baseEnv(), ...files.env, AWS_ENDPOINT_URL_STS: sts.url };
      const { code, shown } = await onTerminal([...ararWords(), "--profile=p"], env, [{ see: "PIN: ", type: "123\n" }]);
      assertEquals(code, 0, shown);
      assertEquals(calls(sts), [...SIGNED]);
    },
  });

  await t.step({
    name: "shows its stderr and exit code, but not its stdout",
    ignore: !UNIX,
    fn: async () => {
      using files = processFiles("credential_process = cat FILE; echo sign in first >&2; exit 3");
      await using sts = await startSts();
      const result = await run(sts, ["--profile=p"], files.env, { secrets: () => [ALICE.secretAccessKey] });
      assertEquals([result.code, result.stdout], [125, ""]);
      assertEquals(
        result.stderr,
        'sign in first\narar: credential_process "cat" of profile "keys" failed with exit code 3\n',
      );
    },
  });

  await t.step({
    name: "kills it after --timeout, with a message that names the process",
    ignore: !UNIX,
    fn: async () => {
      using files = processFiles("credential_process = sh FILE.sh the-secret");
      await Deno.writeTextFile(`${files.folder}/answer.sh`, 'echo $$ >"${0%.sh}.pid"; exec sleep 600');
      await using sts = await startSts();
      using others = processFiles("credential_process = cat FILE");
      const pace = await secondsOf(() => run(sts, ["--profile=p"], others.env));
      // Enough for the process to start and write its ID.
      const timeout = Math.ceil(3 * pace);
      const result = await run(sts, ["--profile=p", `--timeout=${timeout}`], files.env);
      assertEquals(result.code, 125);
      assertStringIncludes(
        result.stderr,
        `arar: cannot get the source credentials (credential_process of profile "keys"): no answer within ${timeout} s\n`,
      );
      assertEquals(result.stderr.includes("the-secret"), false);
      const pid = Number(await Deno.readTextFile(`${files.folder}/answer.pid`));
      await until(() => Promise.resolve(isGone(pid) || undefined));
    },
  });
});

function isGone(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return false;
  } catch {
    return true;
  }
}
