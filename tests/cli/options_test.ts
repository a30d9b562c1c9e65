/** Rules for the whole option table, whatever options it has. */
import { assertEquals } from "@std/assert";
import { envNames, HEADINGS, type Option, takesValue } from "../../lib/cli/option.ts";
import { findOption, OPTION_LIST } from "../../lib/cli/options.ts";

const TABLE: readonly Option[] = OPTION_LIST;

/** The values that occur more than once. */
function repeated(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

Deno.test("OPTIONS", async (t) => {
  await t.step("has no long name twice", () => assertEquals(repeated(TABLE.map(({ name }) => name)), []));

  await t.step("has no short name twice", () => assertEquals(repeated(TABLE.flatMap(({ short }) => short ?? [])), []));

  await t.step("has no environment name twice", () => assertEquals(repeated(TABLE.flatMap(envNames)), []));

  await t.step("uses every group, in the order of the help", () => {
    const groups = TABLE.map(({ heading }) => heading).filter((heading, index, all) => heading !== all[index - 1]);
    assertEquals(groups, [...HEADINGS]);
  });

  const rules: readonly (readonly [string, (option: Option) => boolean])[] = [
    ["has long names of lower-case words", ({ name }) => /^[a-z]+(-[a-z]+)*$/.test(name)],
    ["has no name that starts with no-", ({ name }) => !name.startsWith("no-")],
    ["has short names of one letter", ({ short }) => short === undefined || /^[a-z]$/.test(short)],
    ["has short names only for options without a value", (option) => !(option.short && takesValue(option))],
    ["has placeholders in capitals", (option) => !takesValue(option) || /^[A-Z@|=]+$/.test(option.value)],
    [
      "starts summaries in lower case, apart from abbreviations",
      ({ summary }) => /^([A-Z]{2,} )?[a-z0-9]/.test(summary),
    ],
    ["ends summaries without a period", ({ summary }) => !/[^.]\.$/.test(summary)],
    ["keeps summaries within the help's column", ({ summary }) => summary.length > 0 && summary.length <= 46],
    ["completes only plain words", (option) => {
      if (!takesValue(option) || !Array.isArray(option.complete)) return true;
      return option.complete.every((word) => /^[a-z]+$/.test(word));
    }],
    ["has variables in capitals", (option) => envNames(option).every((name) => /^[A-Z]+(_[A-Z]+)*$/.test(name))],
  ];
  for (const [what, holds] of rules) {
    await t.step(what, () => assertEquals(TABLE.filter((option) => !holds(option)), []));
  }
});

Deno.test("findOption()", async (t) => {
  await t.step("finds an option by its long name", () => assertEquals(findOption("username-session")?.short, "u"));

  for (const name of ["", "u", "--region", "constructor", "__proto__", "Region"]) {
    await t.step(`finds nothing for ${JSON.stringify(name)}`, () => assertEquals(findOption(name), undefined));
  }
});
