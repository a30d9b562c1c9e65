/**
 * MFA codes: by flag, environment or stdin, or typed on a real terminal.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ararWords, baseEnv, scanForSecrets } from "../arar.ts";
import { ALICE_MFA, MFA_ROLE, startSts, type StsServer } from "../sts_server.ts";
import { COPY, type EnvChange, failure, job, jobEnv, lastAssumeRole, QUIET, SHOW, show, skipUnless } from "./job.ts";
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
    const rows: readonly (readonly [readonly string[], EnvChange, string])[] = [
      [
        [],
        { ARAR_TOKEN_CODE: "12345" },
        "ARAR_TOKEN_CODE is not an MFA code; expected the six digits that the device shows",
      ],
      [["--token-code=-"], {}, "the line on stdin is not an MFA code; expected the six digits that the device shows"],
      [
        ["--token-code=123456"],
        { ARAR_SERIAL_NUMBER: undefined },
        "--token-code requires an MFA device; name it with --serial-number",
      ],
    ];
    for (const [words, change, message] of rows) {
      const result = await job(sts, [...words, ...SHOW], { ...WITH_DEVICE, ...change }, { stdin: "12345\n123456\n" });
      assertEquals(failure(result), [message]);
    }
    assertEquals(sts.requests.length, 0);
  });

  await t.step("get a hint if the code was used, or none was given", async () => {
    await using sts = await startSts();
    const words = [`--serial-number=${serial}`, `--token-code=${SECOND}`];
    assertEquals((await job(sts, [...words, ...QUIET], ROLE)).code, 0);
    const [message = "", hint = ""] = failure(await job(sts, [...words, ...SHOW], ROLE));
    assertStringIncludes(message, ": AccessDenied: MultiFactorAuthentication failed with invalid MFA");
    assertStringIncludes(hint, "each code works once, so wait for the next one");
    assertStringIncludes(failure(await job(sts, SHOW, ROLE)).join("\n"), "it requires MFA: use --serial-number");
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
    });

    await t.step("is on the terminal even if all three streams are redirected", async () => {
      await using sts = await startSts();
      const script = `"$@" -- echo out < /dev/null > /dev/null 2>&1`;
      const turns = ["1", "", FIRST].map((code) => ({ see: PROMPT, type: `${code}\r` }));
      const session = await onTty(sts, ["sh", "-c", script, "sh", ...ararWords()], turns);
      const again = "arar: an MFA code has six digits; try again\n";
      const shown = `${PROMPT}1\n${again}${PROMPT}\n${again}${PROMPT}${FIRST}\n`;
      assertEquals(session, { shown, code: 0, restored: true });
    });

    await t.step("is on stderr without permission to write to the terminal", async () => {
      await using sts = await startSts();
      const permissions = ["--allow-env", "--allow-net", "--allow-run", "--allow-read"];
      const words = [...ararWords({ permissions }), "echo", "started"];
      const session = await onTty(sts, words, [{ see: PROMPT, type: `${FIRST}\r` }]);
      assertEquals(session, { shown: `${PROMPT}${FIRST}\nstarted\n`, code: 0, restored: true });
    });

    await t.step("gives up after three tries, and calls nobody", async () => {
      await using sts = await startSts();
      const turns = ["1", "12 34", "x"].map((code) => ({ see: PROMPT, type: `${code}\r` }));
      const { code, shown } = await onTty(sts, [...ararWords(), "echo", "started"], turns);
      const end = `arar: no MFA code for "${serial}" was entered: 3 tries were not six digits\n`;
      assertEquals([code, shown.endsWith(end), sts.requests.length], [125, true, 0], shown);
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
