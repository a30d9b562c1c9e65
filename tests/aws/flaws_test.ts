import { assertEquals } from "@std/assert";
import { flawOf } from "../../lib/aws/flaws.ts";

Deno.test("flawOf()", async (t) => {
  const rows = [
    ["", "is empty"],
    [" \n", "is blank"],
    ["x\n", "ends with a line break"],
    ["x\r\n", "ends with a line break"],
    ["x\n ", "ends with a line break"],
    ["x ", "ends with a space"],
    ["x\t", "ends with a space"],
    ["\nx", "begins with a line break"],
    [" x", "begins with a space"],
    ['"x"', "is quoted"],
    ["'x'", "is quoted"],
    ["`x`", "is quoted"],
    ['"x', "begins with a quotation mark"],
    ["x'", "ends with a quotation mark"],
    ["x\ny", "contains a line break"],
    ["x y", "contains a space"],
    ["x\u0000y", "contains a control character"],
    ["x\u200b", "contains a character that is not ASCII"],
    ["é", "contains a character that is not ASCII"],
  ] as const;
  for (const [text, flaw] of rows) {
    await t.step(`${JSON.stringify(text)} ${flaw}`, () => assertEquals(flawOf(text), flaw));
  }

  await t.step("finds nothing wrong with keys, tokens and ARNs", () => {
    for (const text of ["AKIA", "a/b+c==", "arn:aws:iam::123456789012:role/a'b", "~!"]) {
      assertEquals(flawOf(text), undefined);
    }
  });
});
