import { assertEquals } from "@std/assert";
import { fill, offer, spellings, valued } from "../../../lib/cli/completion/offer.ts";
import type { Option } from "../../../lib/cli/option.ts";
import { OPTIONS } from "../../../lib/cli/options.ts";

function option(name: string): Option {
  const found = OPTIONS.find((one) => one.name === name);
  if (!found) throw new Error(`no option ${name}`);
  return found;
}

Deno.test("offer()", async (t) => {
  const rows = [
    ["role-arn", { kind: "nothing" }],
    ["cache", { kind: "nothing" }],
    ["completions", { kind: "words", words: ["bash", "zsh", "fish", "powershell"] }],
    ["web-identity-token-file", { kind: "file", lead: "" }],
    ["policy", { kind: "file", lead: "@" }],
    ["profile", { kind: "profile" }],
  ] as const;
  for (const [name, expected] of rows) {
    await t.step(`is ${expected.kind} for --${name}`, () => assertEquals<unknown>(offer(option(name)), expected));
  }
});

Deno.test("valued() has every option that is followed by a value, and no flag", () => {
  const names = valued().map(({ name }) => name);
  assertEquals(["print", "tag", "profile"].filter((name) => !names.includes(name)), []);
  assertEquals(["cache", "help", "username-session"].filter((name) => names.includes(name)), []);
});

Deno.test("spellings() are the short name and the long one", () => {
  assertEquals(spellings(option("verbose")), ["-v", "--verbose"]);
  assertEquals(spellings(option("cache")), ["--cache"]);
});

Deno.test("fill() replaces what it has a value for, a line as a whole line", () => {
  assertEquals(fill("a\n@LINES@\nb @WORD@ @OTHER@", { LINES: "1\n2\n", WORD: "w" }), "a\n1\n2\nb w @OTHER@");
});
