/** Which flaws of a text are found. */
import { assertEquals } from "@std/assert";
import { flawOf } from "../../lib/aws/flaws.ts";

Deno.test("flawOf()", async (t) => {
  const rows = [
    ["is empty", [""]],
    ["is blank", [" \n"]],
    ["ends with a line break", ["x\n", "x\r\n", "x\n "]],
    ["ends with a space", ["x ", "x\t"]],
    ["begins with a line break", ["\nx"]],
    ["begins with a space", [" x"]],
    ["is quoted", ['"x"', "'x'", "`x`"]],
    ["begins with a quotation mark", ['"x']],
    ["ends with a quotation mark", ["x'"]],
    ["contains a line break", ["x\ny"]],
    ["contains a space", ["x y"]],
    ["contains a control character", ["x\u0000y"]],
    ["contains a character that is not ASCII", ["x\u200b", "é"]],
    [undefined, ["AKIA", "a/b+c==", "arn:aws:iam::123456789012:role/a'b", "~!"]],
  ] as const;
  await t.step("does not take a time that grows with the square of the line breaks", () => {
    assertEquals(flawOf(`x${"\n".repeat(1_000_000)}x`), "contains a line break");
  });

  for (const [flaw, texts] of rows) {
    for (const text of texts) {
      await t.step(`${JSON.stringify(text)} ${flaw ?? "is fine"}`, () => assertEquals(flawOf(text), flaw));
    }
  }
});
