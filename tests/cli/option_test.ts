/** What is read off an option: its environment names, whether a value follows. */
import { assert, assertEquals } from "@std/assert";
import { envNames, type Option, takesValue } from "../../lib/cli/option.ts";
import { findOption, OPTIONS } from "../../lib/cli/options.ts";

const TABLE: readonly Option[] = OPTIONS;

Deno.test("envNames()", async (t) => {
  const rows = [
    ["is made of a value's name", "duration-seconds", ["ARAR_DURATION_SECONDS"]],
    ["is made of a flag's name", "username-session", ["ARAR_USERNAME_SESSION"]],
    ["is AWS's own where it has one", "role-session-name", ["AWS_ROLE_SESSION_NAME"]],
    ["is two names of AWS's, in order", "region", ["AWS_REGION", "AWS_DEFAULT_REGION"]],
    ["is AWS's own for a list too", "role-arn", ["AWS_ROLE_ARN"]],
    ["is made of a list's name", "tag", ["ARAR_TAG"]],
    ["is none for what is done instead of a command", "print", []],
    ["is none for an action", "help", []],
    ["is none for an action with a value", "completions", []],
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
    await t.step(`says ${expected} of every ${kind}`, () => {
      const answers = TABLE.filter((option) => option.kind === kind).map(takesValue);
      assert(answers.length > 0);
      assertEquals(answers.filter((answer) => answer !== expected), []);
    });
  }
});
