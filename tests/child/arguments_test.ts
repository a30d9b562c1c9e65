/** Words arrive as they were typed, or not at all. */
import { assertEquals, assertThrows } from "@std/assert";
import { exactArguments, refuseLossyArguments } from "../../lib/child/arguments.ts";
import { ArarError } from "../../lib/errors.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const LATIN1 = new Uint8Array([0x63, 0x61, 0x66, 0xe9]);
const told = (...words: Uint8Array[]) => ({ commandLine: () => [bytes("deno"), bytes("run"), ...words] });
const untold = { commandLine: () => undefined };

Deno.test("exactArguments()", async (t) => {
  await t.step("encodes what is plainly UTF-8 without asking the system", () => {
    const system = {
      commandLine() {
        throw new Error("asked");
      },
    };
    assertEquals(exactArguments(system, ["a", "", "größe\n\ufeff"]), [bytes("a"), bytes(""), bytes("größe\n\ufeff")]);
  });

  await t.step("finds the bytes that Deno replaced", () => {
    assertEquals(exactArguments(told(bytes("cat"), LATIN1), ["cat", "caf\ufffd"]), [bytes("cat"), LATIN1]);
  });

  await t.step("refuses where the system's words are not these", () => {
    for (const system of [untold, told(bytes("dog"), LATIN1), { commandLine: () => [LATIN1] }]) {
      assertThrows(() => exactArguments(system, ["cat", "caf\ufffd"]), ArarError, "argument 1 of the command");
    }
  });
});

Deno.test("refuseLossyArguments()", async (t) => {
  await t.step("lets a real U+FFFD pass where the system tells", () => {
    refuseLossyArguments(told(bytes("cat"), bytes("caf\ufffd")), ["cat", "caf\ufffd"]);
  });

  await t.step("refuses what is not UTF-8, and shows it safely", () => {
    const error = assertThrows(
      () => refuseLossyArguments(told(bytes("a"), bytes("\u001b"), LATIN1), ["a", "\u001b", "caf\ufffd"]),
      ArarError,
    );
    assertEquals(error.message, 'argument 2 of the command is not UTF-8 and would be changed to "caf\ufffd"');
  });

  await t.step("names the command itself", () => {
    assertThrows(() => refuseLossyArguments(untold, ["\ufffd"]), ArarError, "the command's name is not UTF-8");
  });
});
