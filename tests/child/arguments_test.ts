/** Arguments are passed on exactly as typed, or refused. */
import { assertEquals, assertThrows } from "@std/assert";
import { exactArguments, refuseLossyArguments } from "../../lib/child/arguments.ts";
import { ArarError } from "../../lib/errors.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const LATIN1 = new Uint8Array([0x63, 0x61, 0x66, 0xe9]);
const told = (...words: Uint8Array[]) => ({ commandLine: () => [bytes("deno"), bytes("run"), ...words] });
const untold = { commandLine: () => undefined };

Deno.test("exactArguments()", async (t) => {
  await t.step("encodes valid UTF-8 without reading the command line", () => {
    const commandLine = () => {
      throw new Error("read");
    };
    assertEquals(exactArguments({ commandLine }, ["a", "", "größe\n\ufeff"]), [
      bytes("a"),
      bytes(""),
      bytes("größe\n\ufeff"),
    ]);
  });

  await t.step("recovers the bytes that Deno replaced", () => {
    assertEquals(exactArguments(told(bytes("cat"), LATIN1), ["cat", "caf\ufffd"]), [bytes("cat"), LATIN1]);
  });

  await t.step("refuses if the command line is unknown or does not match", () => {
    for (const system of [untold, told(bytes("dog"), LATIN1), { commandLine: () => [LATIN1] }]) {
      assertThrows(() => exactArguments(system, ["cat", "caf\ufffd"]), ArarError, "argument 1 of the command");
    }
  });
});

Deno.test("refuseLossyArguments()", async (t) => {
  await t.step("accepts a real U+FFFD if the command line is known", () => {
    refuseLossyArguments(told(bytes("cat"), bytes("caf\ufffd")), ["cat", "caf\ufffd"]);
  });

  await t.step("refuses an argument that is not UTF-8", () => {
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
