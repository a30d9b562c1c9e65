import { assertEquals } from "@std/assert";
import { type IniSections, parseIni } from "../../lib/profile/ini.ts";
import { refusal } from "./profiles.ts";

type Plain = Readonly<Record<string, Readonly<Record<string, string | Readonly<Record<string, string>>>>>>;

/** Sections and values alone. */
function plain(sections: IniSections): Plain {
  const values = [...sections].map(([heading, settings]) => {
    const pairs = [...settings].map(([key, { value, nested }]) => [
      key,
      nested.size > 0 ? Object.fromEntries([...nested].map(([inner, one]) => [inner, one.value])) : value,
    ]);
    return [heading, Object.fromEntries(pairs)];
  });
  return Object.fromEntries(values);
}

Deno.test("parseIni()", async (t) => {
  const one = { a: { region: "eu-west-1" } };
  const rows: readonly (readonly [string, string, Plain])[] = [
    ["an empty file", "", {}],
    ["a section without settings", "[a]\n[b]", { a: {}, b: {} }],
    ["a byte order mark", "\ufeff[a]\nregion = eu-west-1\n", one],
    ["lines that end in CR and LF", "[a]\r\nregion = eu-west-1\r\n", one],
    ["lines that end in CR", "[a]\rregion = eu-west-1\r", one],
    ["a last line without a line break", "[a]\nregion = eu-west-1", one],
    ["comments", "# 1\n  ; 2\n[a] ; 3\nregion = eu-west-1 # 4\n", one],
    ["a comment right after the heading", "[a]# production\nregion = eu-west-1", one],
    ["brackets in that comment", "[a] # as [b]\nregion = eu-west-1", one],
    ["text after the heading", "[a] text\nregion = eu-west-1", one],
    ["brackets in the heading", "[a]b]\n", { "a]b": {} }],
    ["names in upper case", "[a]\nREGION = eu-west-1", one],
    ["no spaces", "[a]\nregion=eu-west-1", one],
    ["a colon", "[a]\nregion : eu-west-1", one],
    ["an equals sign in a value", "[a]\nx = a=b:c", { a: { x: "a=b:c" } }],
    ["a comment sign inside a value", "[a]\nx = a#b;c", { a: { x: "a#b;c" } }],
    ["settings that are all indented", "[a]\n  x = 1\n  y = 2", { a: { x: "1", y: "2" } }],
    ["values over several lines", "[a]\nx = 1\n  2 # 3\n\n\t4\ny = 5", { a: { x: "1\n2 # 3\n\n4", y: "5" } }],
    ["a heading that is indented below a setting", "[a]\nx = 1\n  [b] # c\ny = 2\n", { a: { x: "1" }, b: { y: "2" } }],
    ["a heading that is indented below an empty setting", "[a]\nx =\n  [b]\n", { a: { x: "" }, b: {} }],
    ["brackets in a value over several lines", "[a]\nx = sh\n  [ -f y ] && z\n", { a: { x: "sh\n[ -f y ] && z" } }],
    ["nested settings", "[a]\nx =\n  Y = 1 # one\n\n  z=2=3\nv = 4", { a: { x: { y: "1", z: "2=3" }, v: "4" } }],
    ["an empty value", "[a]\nx =\ny = # none\n", { a: { x: "", y: "" } }],
    ["repeated sections", "[a]\nx = 1\n[b]\n[a]\ny = 2", { a: { x: "1", y: "2" }, b: {} }],
    ["a setting of repeated sections, of which the last one wins", "[a]\nx = 1\n[a]\nX = 2", { a: { x: "2" } }],
    ["a setting repeated with the same value", "[a]\nx = 1\nX : 1 # again", { a: { x: "1" } }],
    ["a URL after a colon and an equals sign", "[a]\nx: a://b\ny = //c", { a: { x: "a://b", y: "//c" } }],
    ["names of properties of every object", "[constructor]\ntoString = 1", { constructor: { tostring: "1" } }],
  ];
  for (const [what, text, sections] of rows) {
    await t.step(`reads ${what}`, () => assertEquals(plain(parseIni(text, "FILE")), sections));
  }

  const commands = [
    [`a "b # c" ; d`, `a "b # c"`],
    [`a 'b ; c' # it's d`, `a 'b ; c'`],
    [`a "b \\" # c" # d`, `a "b \\" # c"`],
    [`a \\" # b"`, `a \\"`],
    [`a '\\' # b'`, `a '\\'`],
    [`sh -c 'b # c`, `sh -c 'b # c`],
  ] as const;
  for (const [text, command] of commands) {
    await t.step(`reads ${text} of a credential_process as the shell does`, () => {
      const sections = parseIni(`[a]\nCredential_Process = ${text}\nx = ${text}`, "FILE");
      assertEquals(sections.get("a")?.get("credential_process")?.value, command);
      // Other values have no quotes.
      assertEquals(sections.get("a")?.get("x")?.value, text.replace(/ [#;].*/, ""));
    });
  }

  await t.step("preserves the spelling of a name", () => {
    const setting = parseIni("[a]\nRole_ARN = x", "FILE").get("a")?.get("role_arn");
    assertEquals([setting?.name, setting?.value], ["Role_ARN", "x"]);
  });

  const malformed = [
    ["an unclosed heading", "[a]\nx = 1\n[b\n", "line 3 has no closing ]"],
    ["a heading that looks like a setting", "[a = 1\n", "line 1 has no closing ]"],
    ["an empty heading", "[]\n", "line 1 has no closing ]"],
    ["a setting before any section", "# c\nx = 1\n", "line 2 is before the first [section]"],
    ["a line without = or :", "[a]\nthe secret\n", 'line 2 is neither "name = value" nor a [section]'],
    [
      "a name with a space",
      "[a]\nx = 1\nrole_arn arn:aws:iam::1:role/a",
      'line 3 is neither "name = value" nor a [section]',
    ],
    ["a URL without a name", "[a]\nhttps://the-secret", 'line 2 is neither "name = value" nor a [section]'],
    ["a setting without a name", "[a]\n= the secret\n", 'line 2 is neither "name = value" nor a [section]'],
    [
      "a nested line without =",
      "[a]\nx =\n y = 1\n secret\n",
      'line 4 is nested below "x =", but is not "name = value"',
    ],
    ["a nested name with a space", "[a]\nx =\n y z = 1", 'line 3 is nested below "x =", but is not "name = value"'],
    ["a setting with two values", "[a]\nx = 1\n\nX = 2", "line 4 sets X again, with another value than line 2"],
    [
      "a setting with and without nested ones",
      "[a]\nx =\n y = 1\nx =",
      "line 4 sets x again, with another value than line 2",
    ],
    ["text that is not UTF-8", "[a]\nx = 1\n  \ufffd", "line 3 is not UTF-8"],
  ] as const;
  for (const [what, text, message] of malformed) {
    await t.step(`refuses ${what}`, () => {
      assertEquals(refusal(() => parseIni(text, "FILE")), `FILE is malformed: ${message}`);
    });
  }

  await t.step("ignores the encoding of comments", () => {
    assertEquals(plain(parseIni("# \ufffd\n[a]\n", "FILE")), { a: {} });
  });
});
