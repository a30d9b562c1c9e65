/** Owns what must hold of the whole option table, whichever options it has. */
import { assertEquals } from "@std/assert";
import { envNames, GROUPS, type Option, takesValue } from "../../lib/cli/option.ts";
import { findOption, OPTIONS } from "../../lib/cli/options.ts";

const TABLE: readonly Option[] = OPTIONS;

/** Those that stand there more than once. */
function repeated(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

Deno.test("OPTIONS", async (t) => {
  await t.step("has no long name twice", () => assertEquals(repeated(TABLE.map(({ name }) => name)), []));

  await t.step("has no short name twice", () => assertEquals(repeated(TABLE.flatMap(({ short }) => short ?? [])), []));

  await t.step("has no environment name twice", () => assertEquals(repeated(TABLE.flatMap(envNames)), []));

  await t.step("uses every group, in the order of the help", () => {
    const groups = TABLE.map(({ group }) => group).filter((group, index, all) => group !== all[index - 1]);
    assertEquals(groups, [...GROUPS]);
  });

  const rules: readonly (readonly [string, (option: Option) => boolean])[] = [
    ["has long names of lower-case words", ({ name }) => /^[a-z]+(-[a-z]+)*$/.test(name)],
    ["has no name that reads as a denial", ({ name }) => !name.startsWith("no-")],
    ["has short names of one letter", ({ short }) => short === undefined || /^[a-z]$/.test(short)],
    ["gives short names to what takes no value", (option) => !(option.short && takesValue(option))],
    [
      "gives a placeholder in capitals to what takes a value",
      (option) => !takesValue(option) || /^[A-Z@|=]+$/.test(option.value),
    ],
    [
      "opens summaries in lower case, but for names of things",
      ({ summary }) => /^([a-z0-9]|[A-Z]{2,} )/.test(summary.replace(/^(MFA|OIDC) /, "")),
    ],
    ["ends summaries without a period", ({ summary }) => !/[^.]\.$/.test(summary)],
    ["keeps summaries within the help's column", ({ summary }) => summary.length > 0 && summary.length <= 46],
    [
      "offers a shell only words without spaces",
      (option) =>
        !takesValue(option) || !Array.isArray(option.complete) ||
        option.complete.every((word) => /^[a-z]+$/.test(word)),
    ],
    [
      "names variables as variables are named",
      (option) => envNames(option).every((name) => /^[A-Z]+(_[A-Z]+)*$/.test(name)),
    ],
  ];
  for (const [what, holds] of rules) {
    await t.step(what, () => assertEquals(TABLE.filter((option) => !holds(option)), []));
  }
});

Deno.test("findOption()", async (t) => {
  await t.step("finds an option by its long name", () => assertEquals(findOption("username-session")?.short, "u"));

  for (const name of ["", "u", "--region", "constructor", "__proto__", "Region"]) {
    await t.step(`finds none for ${JSON.stringify(name)}`, () => assertEquals(findOption(name), undefined));
  }
});
