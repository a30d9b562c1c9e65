/** That shells read the quoted texts back is tested in `use/print_test.ts`. */
import { assertEquals } from "@std/assert";
import { quoteFish, quotePosix, quotePowershell } from "../../lib/cli/shell_quotes.ts";

Deno.test("shell quotes", async (t) => {
  const rows = [
    ["POSIX", quotePosix, `it's "$HOME" \\`, `'it'\\''s "$HOME" \\'`],
    ["fish", quoteFish, `it's "$HOME" \\`, `'it\\'s "$HOME" \\\\'`],
    ["PowerShell", quotePowershell, `it's \u2019 "$HOME"`, `'it''s \u2019\u2019 "$HOME"'`],
  ] as const;
  for (const [shell, quote, text, expected] of rows) {
    await t.step(`of ${shell} preserve every character`, () => assertEquals(quote(text), expected));
  }
});
