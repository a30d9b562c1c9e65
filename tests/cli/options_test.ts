/**
 * Owns what must hold of the whole option table, whichever options it has.
 * Must not know what an option does.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { envNames, findOption, GROUPS, type Option, OPTIONS, takesValue } from "../../lib/cli/options.ts";

const TABLE: readonly Option[] = OPTIONS;

/** Those that stand there more than once. */
function repeated(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

describe("OPTIONS", () => {
  it("has no long name twice", () => assertEquals(repeated(TABLE.map(({ name }) => name)), []));

  it("has no short name twice", () => assertEquals(repeated(TABLE.flatMap(({ short }) => short ?? [])), []));

  it("has no environment name twice", () => assertEquals(repeated(TABLE.flatMap(envNames)), []));

  it("uses every group, in the order of the help", () => {
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
    ["opens summaries in lower case, but for names of things", ({ summary }) =>
      /^([a-z0-9]|[A-Z]{2,} )/.test(
        summary.replace(/^(MFA|OIDC) /, ""),
      )],
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
    it(what, () => assertEquals(TABLE.filter((option) => !holds(option)), []));
  }
});

describe("envNames()", () => {
  const rows = [
    ["is made of a value's name", "duration-seconds", ["ARAR_DURATION_SECONDS"]],
    ["is made of a flag's name", "username-session", ["ARAR_USERNAME_SESSION"]],
    ["is AWS's own where it has one", "role-session-name", ["AWS_ROLE_SESSION_NAME"]],
    ["is two names of AWS's, in order", "region", ["AWS_REGION", "AWS_DEFAULT_REGION"]],
    ["is AWS's own for a list too", "role-arn", ["AWS_ROLE_ARN"]],
    ["is none for a list", "tag", []],
    ["is none for an action", "help", []],
    ["is none for an action with a value", "completions", []],
  ] as const;
  for (const [what, name, names] of rows) {
    it(what, () => {
      const option = findOption(name);
      assert(option);
      assertEquals([...envNames(option)], [...names]);
    });
  }
});

describe("findOption()", () => {
  it("finds an option by its long name", () => assertEquals(findOption("username-session")?.short, "u"));

  for (const name of ["", "u", "--region", "constructor", "__proto__", "Region"]) {
    it(`finds none for ${JSON.stringify(name)}`, () => assertEquals(findOption(name), undefined));
  }
});

describe("takesValue()", () => {
  const rows: readonly (readonly [Option["kind"], boolean])[] = [
    ["flag", false],
    ["action", false],
    ["value", true],
    ["list", true],
    ["action-value", true],
  ];
  for (const [kind, expected] of rows) {
    it(`says ${expected} of every ${kind}`, () => {
      const answers = TABLE.filter((option) => option.kind === kind).map(takesValue);
      assert(answers.length > 0);
      assertEquals(answers.filter((answer) => answer !== expected), []);
    });
  }
});
