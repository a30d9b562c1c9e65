/**
 * MFA codes: by flag, environment or stdin, or typed on a real terminal.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ararWords, baseEnv, scanForSecrets } from "../arar.ts";
import { ALICE_MFA, MFA_ROLE, startSts, type StsServer } from "../sts_server.ts";
import { actions, COPY, failure, job, jobEnv, lastAssumeRole, QUIET, SHOW, show, skipUnless } from "./job.ts";
import { secondsOf } from "../patience.ts";
import { HAS_TERMINAL, onTerminal, type Session, type Turn } from "./terminal.ts";

const { serial, codes: [FIRST = "", SECOND = "", THIRD = ""] } = ALICE_MFA;
const ROLE = { AWS_ROLE_ARN: MFA_ROLE.arn };
const WITH_DEVICE = { ...ROLE, ARAR_SERIAL_NUMBER: serial };

Deno.test("--serial-number and --token-code", async (t) => {
  await t.step("are sent to STS, and removed from the command's environment", async () => {
    await using sts = await startSts();
    const flags = await job(sts, ["--serial-number", serial, "--token-code", FIRST, ...QUIET], ROLE);
    assertEquals([flags.code, flags.stderr], [0, ""]);
    assertEquals([lastAssumeRole(sts).SerialNumber, lastAssumeRole(sts).TokenCode], [serial, FIRST]);
    const { env } = await show(sts, ["-v"], { ...WITH_DEVICE, ARAR_TOKEN_CODE: SECOND });
    assertEquals([env.ARAR_TOKEN_CODE, env.ARAR_SERIAL_NUMBER], [undefined, undefined]);
    const stdin = await job(sts, ["--token-code", "-", ...SHOW], WITH_DEVICE, {
      stdin: `${THIRD}\nthe rest`,
      commandShowsSecrets: true,
    });
    assertEquals(stdin.code, 0, stdin.stderr);
  });

  await t.step("leave the rest of stdin to the command", async () => {
    await using sts = await startSts();
    const stdin = `${FIRST}\r\nfirst\nsecond`;
    const result = await job(sts, ["--token-code=-", ...COPY], WITH_DEVICE, { stdin });
    assertEquals([result.code, result.stdout], [0, "first\nsecond"]);
  });

  await t.step("are refused before any call if the code is not six digits, without showing it", async () => {
    await using sts = await startSts();
    const what = "is not an MFA code; expected the six digits that the device shows";
    assertEquals(failure(await job(sts, SHOW, { ...WITH_DEVICE, ARAR_TOKEN_CODE: "12345" })), [
      `ARAR_TOKEN_CODE ${what}`,
    ]);
    assertEquals(failure(await job(sts, ["--token-code=-", ...SHOW], WITH_DEVICE, { stdin: "12345\n123456\n" })), [
      `the line on stdin ${what}`,
    ]);
    assertEquals(failure(await job(sts, ["--token-code=123456", ...SHOW], ROLE)), [
      "--token-code requires an MFA device; name it with --serial-number",
    ]);
    assertEquals(sts.requests.length, 0);
  });

  await t.step("get a hint if the code is wrong or used, or the device is someone else's", async () => {
    await using sts = await startSts();
    const refusal = async (words: readonly string[]) => failure(await job(sts, [...words, ...SHOW], ROLE));
    assertEquals((await job(sts, [`--serial-number=${serial}`, `--token-code=${SECOND}`, ...QUIET], ROLE)).code, 0);
    for (const code of ["000000", SECOND]) {
      const [message = "", hint] = await refusal([`--serial-number=${serial}`, `--token-code=${code}`]);
      assertMatch(
        message,
        /^cannot assume role ".*" as .*: AccessDenied: MultiFactorAuthentication failed with invalid MFA/,
      );
      assertEquals(
        hint,
        "hint: the MFA code is wrong or was already used: each code works once, so wait for the next one",
      );
    }
    const other = await refusal([`--serial-number=${serial}x`, `--token-code=${FIRST}`]);
    assertStringIncludes(other[0] ?? "", "unable to validate MFA code");
    assertStringIncludes((await refusal([]))[1] ?? "", "it requires MFA: use --serial-number");
  });

  await t.step("cause an error if a code is needed and there is no terminal", async () => {
    await using sts = await startSts();
    const [message, hint] = failure(await job(sts, SHOW, WITH_DEVICE, { stdin: `${FIRST}\n`, detached: true }));
    assertEquals(message, `an MFA code for "${serial}" is needed, but there is no terminal to ask on`);
    assertEquals(hint, "hint: pass it with --token-code CODE, with ARAR_TOKEN_CODE, or on stdin with --token-code -");
    assertEquals(sts.requests.length, 0);
  });
});

const PROMPT = `MFA code for ${serial}: `;

Deno.test({
  name: "the prompt on a terminal",
  ignore: skipUnless(HAS_TERMINAL, "no python3 to make a terminal with"),
  fn: async (t) => {
    await t.step("reads the code from the terminal, and leaves stdin to the command", async () => {
      await using sts = await startSts();
      const script = `echo data | "$@" -- cat`;
      const session = await onTty(sts, ["sh", "-c", script, "sh", ...ararWords()], [{
        see: PROMPT,
        type: `${FIRST}\r`,
      }]);
      assertEquals(session, { shown: `${PROMPT}${FIRST}\ndata\n`, code: 0, restored: true });
      const silent = `"$@" -- echo out > /dev/null`;
      const other = await onTty(sts, ["sh", "-c", silent, "sh", ...ararWords()], [{
        see: PROMPT,
        type: `${SECOND}\r`,
      }]);
      assertEquals(other, { shown: `${PROMPT}${SECOND}\n`, code: 0, restored: true });
    });

    await t.step("is on the terminal even if all three streams are redirected", async () => {
      await using sts = await startSts();
      const script = `"$@" -- echo out < /dev/null > /dev/null 2>&1`;
      const session = await onTty(sts, ["sh", "-c", script, "sh", ...ararWords()], [
        ...["1", FIRST].map((code) => ({ see: PROMPT, type: `${code}\r` })),
      ]);
      const again = "arar: an MFA code has six digits; try again\n";
      assertEquals(session, { shown: `${PROMPT}1\n${again}${PROMPT}${FIRST}\n`, code: 0, restored: true });
    });

    await t.step("is on stderr without permission to write to the terminal", async () => {
      await using sts = await startSts();
      const permissions = ["--allow-env", "--allow-net", "--allow-run", "--allow-read"];
      const words = [...ararWords({ permissions }), "echo", "started"];
      const session = await onTty(sts, words, [{ see: PROMPT, type: `${FIRST}\r` }]);
      assertEquals(session, { shown: `${PROMPT}${FIRST}\nstarted\n`, code: 0, restored: true });
    });

    await t.step("asks for six digits three times at most", async () => {
      await using sts = await startSts();
      const again = "arar: an MFA code has six digits; try again\n";
      const right = await onTty(sts, [...ararWords(), "echo", "started"], [
        ...["1", "", FIRST].map((code) => ({ see: PROMPT, type: `${code}\r` })),
      ]);
      assertEquals(right.shown, `${PROMPT}1\n${again}${PROMPT}\n${again}${PROMPT}${FIRST}\nstarted\n`);
      const wrong = await onTty(sts, [...ararWords(), "echo", "started"], [
        ...["1", "12 34", "x"].map((code) => ({ see: PROMPT, type: `${code}\r` })),
      ]);
      assertEquals(wrong.code, 125);
      assert(
        wrong.shown.endsWith(`arar: no MFA code for "${serial}" was entered: 3 tries were not six digits\n`),
        wrong.shown,
      );
      assertEquals(actions(sts), ["AssumeRole"]);
    });

    await t.step("ends with 130 on Ctrl-C and 125 on Ctrl-D, and restores the terminal", async () => {
      await using sts = await startSts();
      const interrupted = await onTty(sts, [...ararWords(), "echo", "started"], [{ see: PROMPT, type: "\x03" }]);
      assertEquals([interrupted.code, interrupted.restored, interrupted.shown.includes("started")], [130, true, false]);
      const ended = await onTty(sts, [...ararWords(), "echo", "started"], [{ see: PROMPT, type: "\x04" }]);
      assertEquals(ended, {
        shown: `${PROMPT}arar: no MFA code for "${serial}" was entered\n`,
        code: 125,
        restored: true,
      });
      assertEquals(sts.requests.length, 0);
    });

    await t.step("does not count against --timeout", async () => {
      await using sts = await startSts();
      const command = ["echo", "started"];
      const pace = await secondsOf(() =>
        onTty(sts, [...ararWords(), ...command], [{ see: PROMPT, type: `${FIRST}\r` }])
      );
      // Enough for everything but the typing.
      const timeout = Math.ceil(5 * pace);
      const slow = { see: PROMPT, type: `${SECOND}\r`, after: timeout + 0.5 };
      const session = await onTty(sts, [...ararWords(), `--timeout=${timeout}`, ...command], [slow]);
      assertEquals([session.code, session.shown.endsWith("started\n")], [0, true], session.shown);
    });
  },
});

async function onTty(sts: StsServer, words: readonly string[], turns: readonly Turn[]): Promise<Session> {
  const env = { ...baseEnv(), ...jobEnv(sts, WITH_DEVICE) };
  const session = await onTerminal(words, env, turns);
  // The terminal shows the codes because they were typed.
  const secrets = () => sts.secrets().filter((secret) => !ALICE_MFA.codes.includes(secret));
  scanForSecrets({ stdout: session.shown, stderr: "" }, { env, secrets });
  return session;
}
