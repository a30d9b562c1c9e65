/** Where an MFA code comes from, and that a wrong one is not shown. */
import { assertEquals } from "@std/assert";
import { checkTokenCode, tokenCode } from "../../lib/aws/mfa.ts";
import type { TokenCode } from "../../lib/aws/role_request.ts";
import { ArarError } from "../../lib/errors.ts";
import type { Answer } from "../../lib/system/terminal.ts";
import { refusal } from "../profile/profiles.ts";
import { origin } from "../origin.ts";

const SERIAL = "arn:aws:iam::123456789012:mfa/alice";
const QUESTION = `ask MFA code for ${SERIAL}: `;
const AGAIN = `ask arar: an MFA code has six digits; try again\nMFA code for ${SERIAL}: `;

/** Gets a code where these answers are typed on the terminal, or come from stdin; records what was done. */
async function get(kind: Exclude<TokenCode["kind"], "given">, lines: readonly string[], end: Answer = { kind: "end" }) {
  const done: string[] = [];
  const left = [...lines];
  const terminal = {
    ask: (question: string): Promise<Answer> => {
      done.push(`ask ${question}`);
      const line = left.shift();
      return Promise.resolve(line === undefined ? end : { kind: "line", line });
    },
    readStdinLine: () => {
      done.push("read stdin");
      return left.shift();
    },
  };
  const result = await tokenCode(terminal, SERIAL, { kind }).catch((error) => error);
  return { result, message: result instanceof ArarError ? result.message : undefined, done };
}

Deno.test("tokenCode() on the terminal", async (t) => {
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["accepts six digits", ["123456"], [QUESTION]],
    ["accepts six digits between spaces", [" 123456\t"], [QUESTION]],
    ["accepts six digits as apps display them", ["123 456"], [QUESTION]],
    ["asks again", ["12345", "123456"], [QUESTION, AGAIN]],
    ["asks three times in all", ["", "１２３４５６", "123456"], [QUESTION, AGAIN, AGAIN]],
  ];
  for (const [what, lines, done] of rows) {
    await t.step(what, async () => {
      const got = await get("ask", lines);
      assertEquals([got.result, got.done], ["123456", done]);
    });
  }

  await t.step("gives up after three tries, and shows none of them", async () => {
    const { message, done } = await get("ask", ["98765", "9876543", "98765x", "123456"]);
    assertEquals(message, `no MFA code for "${SERIAL}" was entered: 3 tries were not six digits`);
    assertEquals(done, [QUESTION, AGAIN, AGAIN]);
  });

  await t.step("gives up at the end of input", async () => {
    assertEquals((await get("ask", [])).message, `no MFA code for "${SERIAL}" was entered`);
  });

  await t.step("says what to do if there is no terminal, and does not read stdin", async () => {
    const { result, done } = await get("ask", [], { kind: "no-terminal" });
    assertEquals([result.message, ...result.hints], [
      `an MFA code for "${SERIAL}" is needed, but there is no terminal to ask on`,
      "pass it with --token-code CODE, with ARAR_TOKEN_CODE, or on stdin with --token-code -",
    ]);
    assertEquals(done, [QUESTION]);
  });
});

Deno.test("tokenCode() from elsewhere", async (t) => {
  await t.step("returns the given code without asking", async () => {
    const nobody = () => {
      throw new Error("nobody is asked");
    };
    const code = await tokenCode({ ask: nobody, readStdinLine: nobody }, SERIAL, { kind: "given", code: "123456" });
    assertEquals(code, "123456");
  });

  await t.step("reads one line of stdin", async () => {
    const { result, done } = await get("stdin", [" 123456 ", "654321"]);
    assertEquals([result, done], ["123456", ["read stdin"]]);
  });

  for (const lines of [["hunter2"], [""], []]) {
    await t.step(`refuses ${JSON.stringify(lines)} on stdin, and does not ask again`, async () => {
      const { message, done } = await get("stdin", lines);
      assertEquals(message, "the line on stdin is not an MFA code; expected the six digits that the device shows");
      assertEquals(done, ["read stdin"]);
    });
  }
});

Deno.test("checkTokenCode()", async (t) => {
  await t.step("accepts six digits, with leading zeros and the gap that apps display", () => {
    assertEquals(checkTokenCode({ value: "000123", from: origin("--token-code") }), "000123");
    assertEquals(checkTokenCode({ value: "005 724", from: origin("--token-code") }), "005724");
  });

  const wrong = ["", "12345", "1234567", "12345x", " 123456", "123456\n", "12 3456", "123  456", "１２３４５６"];
  for (const value of wrong) {
    await t.step(`refuses ${JSON.stringify(value)} without showing it`, () => {
      assertEquals(
        refusal(() => checkTokenCode({ value, from: origin("ARAR_TOKEN_CODE") })),
        "ARAR_TOKEN_CODE is not an MFA code; expected the six digits that the device shows",
      );
    });
  }
});
