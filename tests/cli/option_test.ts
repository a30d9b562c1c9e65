import { assert, assertEquals } from "@std/assert";
import { envNames, type Option, takesValue } from "../../lib/cli/option.ts";
import { findOption, OPTION_LIST } from "../../lib/cli/options.ts";

const TABLE: readonly Option[] = OPTION_LIST;

Deno.test("envNames()", async (t) => {
  const rows = [
    ["is derived from the name of a value", "duration-seconds", ["ARAR_DURATION_SECONDS"]],
    ["is derived from the name of a flag", "username-session", ["ARAR_USERNAME_SESSION"]],
    ["is AWS's variable if there is one", "role-session-name", ["AWS_ROLE_SESSION_NAME"]],
    ["is two of AWS's variables, in order", "region", ["AWS_REGION", "AWS_DEFAULT_REGION"]],
    ["is AWS's variable for a list too", "role-arn", ["AWS_ROLE_ARN"]],
    ["is derived from the name of a list", "tag", ["ARAR_TAG"]],
    ["is empty for an option of the command line only", "print", []],
    ["is empty for an action", "help", []],
    ["is empty for an action with a value", "completions", []],
  ] as const;
  for (const [what, name, names] of rows) {
    await t.step(what, () => {
      const option = findOption(name);
      assert(option);
      assertEquals([...envNames(option)], [...names]);
    });
  }
});

Deno.test("takesValue()", async (t) => {
  const rows: readonly (readonly [Option["kind"], boolean])[] = [
    ["flag", false],
    ["action", false],
    ["value", true],
    ["list", true],
    ["action-value", true],
  ];
  for (const [kind, expected] of rows) {
    await t.step(`is ${expected} for every ${kind}`, () => {
      const answers = TABLE.filter((option) => option.kind === kind).map(takesValue);
      assert(answers.length > 0);
      assertEquals(answers.filter((answer) => answer !== expected), []);
    });
  }
});
