/** An MFA code is given, read from stdin or asked for, and never shown. */
import { assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { checkTokenCode, tokenCode } from "../../lib/aws/mfa.ts";
import { ArarError } from "../../lib/errors.ts";
import type { Answer } from "../../lib/system/terminal.ts";

const SERIAL = "arn:aws:iam::123456789012:mfa/alice";

/** A terminal on which these answers are typed, and a stdin with these lines; it records what was done. */
function fakeTerminal(answers: readonly Answer[] = [], lines: readonly string[] = []) {
  const done: string[] = [];
  const left = { answers: [...answers], lines: [...lines] };
  return {
    done,
    ask: (question: string): Promise<Answer> => {
      done.push(`ask ${question}`);
      return Promise.resolve(left.answers.shift() ?? { kind: "end" });
    },
    readStdinLine: () => {
      done.push("read stdin");
      return left.lines.shift();
    },
  };
}

const typed = (line: string): Answer => ({ kind: "line", line });
const QUESTION = `ask MFA code for ${SERIAL}: `;
const AGAIN = `ask arar: an MFA code has six digits; try again\nMFA code for ${SERIAL}: `;

Deno.test("tokenCode() asked for", async (t) => {
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["takes six digits", ["123456"], [QUESTION]],
    ["takes six digits between spaces", [" 123456\t"], [QUESTION]],
    ["takes six digits as apps show them", ["123 456"], [QUESTION]],
    ["asks again", ["12345", "123456"], [QUESTION, AGAIN]],
    ["asks three times in all", ["", "１２３４５６", "123456"], [QUESTION, AGAIN, AGAIN]],
  ];
  for (const [what, lines, done] of rows) {
    await t.step(what, async () => {
      const terminal = fakeTerminal(lines.map(typed));
      assertEquals(await tokenCode(terminal, SERIAL, { kind: "ask" }), "123456");
      assertEquals(terminal.done, done);
    });
  }

  await t.step("gives up after three tries, and shows none of them", async () => {
    const terminal = fakeTerminal(["98765", "9876543", "98765x", "123456"].map(typed));
    const error = await assertRejects(() => tokenCode(terminal, SERIAL, { kind: "ask" }), ArarError);
    assertEquals(error.message, `no MFA code for "${SERIAL}" was entered: 3 tries were not six digits`);
    assertEquals(terminal.done, [QUESTION, AGAIN, AGAIN]);
  });

  await t.step("gives up at the end of the terminal", async () => {
    const error = await assertRejects(() => tokenCode(fakeTerminal(), SERIAL, { kind: "ask" }), ArarError);
    assertEquals(error.message, `no MFA code for "${SERIAL}" was entered`);
  });

  await t.step("says what to do where nobody can be asked, and leaves stdin alone", async () => {
    const terminal = fakeTerminal([{ kind: "no-terminal" }], ["123456"]);
    const error = await assertRejects(() => tokenCode(terminal, SERIAL, { kind: "ask" }), ArarError);
    assertEquals(error.message, `an MFA code for "${SERIAL}" is needed, and there is no terminal to ask on`);
    assertEquals(error.hints, [
      "give it with --token-code CODE, with ARAR_TOKEN_CODE, or on stdin with --token-code -",
    ]);
    assertEquals(terminal.done, [QUESTION]);
  });
});

Deno.test("tokenCode() given", async (t) => {
  await t.step("is what was given, and nobody is asked", async () => {
    const terminal = fakeTerminal([typed("654321")]);
    assertEquals(await tokenCode(terminal, SERIAL, { kind: "given", code: "123456" }), "123456");
    assertEquals(terminal.done, []);
  });
});

Deno.test("tokenCode() from stdin", async (t) => {
  await t.step("reads one line", async () => {
    const terminal = fakeTerminal([], [" 123456 ", "654321"]);
    assertEquals(await tokenCode(terminal, SERIAL, { kind: "stdin" }), "123456");
    assertEquals(terminal.done, ["read stdin"]);
  });

  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["another line", ["hunter2"]],
    ["an empty line", [""]],
    ["the end of stdin", []],
  ];
  for (const [what, lines] of rows) {
    await t.step(`refuses ${what}, and does not ask again`, async () => {
      const terminal = fakeTerminal([typed("123456")], lines);
      const error = await assertRejects(() => tokenCode(terminal, SERIAL, { kind: "stdin" }), ArarError);
      assertEquals(
        error.message,
        "the line on stdin is not an MFA code; expected the six digits that the device shows",
      );
      assertEquals(terminal.done, ["read stdin"]);
    });
  }
});

Deno.test("checkTokenCode()", async (t) => {
  await t.step("takes six digits, leading zeros and the gap that apps show included", () => {
    assertEquals(checkTokenCode({ value: "000123", from: "--token-code" }), "000123");
    assertEquals(checkTokenCode({ value: "005 724", from: "--token-code" }), "005724");
  });

  for (
    const value of ["", "12345", "1234567", "12345x", " 123456", "123456\n", "12 3456", "123  456", "１２３４５６"]
  ) {
    await t.step(`refuses ${JSON.stringify(value)} without showing it`, () => {
      const { message } = assertThrows(() => checkTokenCode({ value, from: "ARAR_TOKEN_CODE" }), ArarError);
      assertEquals(message, "ARAR_TOKEN_CODE is not an MFA code; expected the six digits that the device shows");
      assertFalse(value !== "" && message.includes(value));
    });
  }
});
