import { assertEquals } from "@std/assert";
import { completionOf, fill, spellings, valued } from "../../../lib/cli/completion/parts.ts";
import type { Option } from "../../../lib/cli/option.ts";
import { findOption } from "../../../lib/cli/options.ts";

function option(name: string): Option {
  const found = findOption(name);
  if (!found) throw new Error(`no option ${name}`);
  return found;
}

const KINDS = {
  nothing: { kind: "nothing" },
  words: (words: readonly string[]) => ({ kind: "words", words }),
  file: (lead: string) => ({ kind: "file", lead }),
  profile: { kind: "profile" },
};

Deno.test("completionOf()", async (t) => {
  const rows = [
    ["role-arn", { kind: "nothing" }],
    ["cache", { kind: "nothing" }],
    ["completions", { kind: "words", words: ["bash", "zsh", "fish", "powershell"] }],
    ["web-identity-token-file", { kind: "file", lead: "" }],
    ["policy", { kind: "file", lead: "@" }],
    ["profile", { kind: "profile" }],
  ] as const;
  for (const [name, expected] of rows) {
    await t.step(
      `is ${expected.kind} for --${name}`,
      () => assertEquals<unknown>(completionOf(option(name), KINDS), expected),
    );
  }
});

Deno.test("valued() returns every option that takes a value", () => {
  const names = valued().map(({ name }) => name);
  assertEquals(["print", "tag", "profile"].filter((name) => !names.includes(name)), []);
  assertEquals(["cache", "help", "username-session"].filter((name) => names.includes(name)), []);
});

Deno.test("spellings() returns the short name and the long one", () => {
  assertEquals(spellings(option("verbose")), ["-v", "--verbose"]);
  assertEquals(spellings(option("cache")), ["--cache"]);
});

Deno.test("fill() replaces placeholders that have a value", () => {
  assertEquals(fill("a\n@LINES@\nb @WORD@ @OTHER@", { LINES: "1\n2\n", WORD: "w" }), "a\n1\n2\nb w @OTHER@");
});
