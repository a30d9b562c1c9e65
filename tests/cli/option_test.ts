import { assert, assertEquals } from "@std/assert";
import {
  envNames,
  filePath,
  keyValue,
  matching,
  oneOf,
  type Option,
  type Parse,
  type ParseSystem,
  seconds,
  takesValue,
  text,
  textOrFile,
  variableName,
} from "../../lib/cli/option.ts";
import { findOption, OPTION_LIST } from "../../lib/cli/options.ts";
import { origin } from "../origin.ts";
import { refusal } from "../profile/profiles.ts";

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

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
const FILES: Readonly<Record<string, string>> = { "policy.json": "{}\n", "bom.json": "\ufeff{}" };

function read<Value>(parse: Parse<Value>, value: string, os: ParseSystem["os"] = "linux"): Value {
  const readTextFileSync = (path: string) => {
    if (path === "closed.json") {
      throw Object.assign(new Error("Permission denied (os error 13): open"), { code: "EACCES" });
    }
    return FILES[path];
  };
  return parse({ value, from: origin("--x") }, { os, readTextFileSync });
}

Deno.test("seconds()", async (t) => {
  const parse = seconds(10, 50_000);

  await t.step("reads seconds and durations", () => {
    const rows = [["10", 10], ["0900", 900], ["15m", 900], ["1h30m", 5400], ["1h1m1s", 3661], ["45s", 45]] as const;
    for (const [value, expected] of rows) assertEquals(read(parse, value), expected, value);
  });

  await t.step("refuses other texts", () => {
    for (const value of ["", " 10", "1.5", "-10", "1e3", "30m1h", "1h 30m", "h", "１０", "9".repeat(10)]) {
      const message = `--x is "${value}"; expected seconds, or a duration such as 15m or 1h30m`;
      assertEquals(refusal(() => read(parse, value)), message);
    }
  });

  await t.step("refuses what is out of bounds", () => {
    for (const value of ["9", "50001", "99999h"]) {
      assertEquals(refusal(() => read(parse, value)), `--x is "${value}"; expected 10 to 50000 seconds`);
    }
  });
});

Deno.test("text, matching() and oneOf()", async (t) => {
  await t.step("accept valid values", () => {
    assertEquals(read(text, " a\n"), " a\n");
    assertEquals(read(matching(/^a+$/, "a"), "aa"), "aa");
    assertEquals(read(oneOf(["a", "b"]), "b"), "b");
  });

  await t.step("name the expected values", () => {
    assertEquals(refusal(() => read(matching(/^a+$/, "one a or more"), "b")), '--x is "b"; expected one a or more');
    assertEquals(refusal(() => read(oneOf(["a", "b"]), "c")), '--x is "c"; expected a, b');
  });
});

Deno.test("variableName", async (t) => {
  await t.step("accepts a name, and converts it to upper case on Windows", () => {
    assertEquals(read(variableName, "ci_Token1"), "ci_Token1");
    assertEquals(read(variableName, "ci_Token1", "windows"), "CI_TOKEN1");
    assertEquals(read(variableName, "ProgramFiles(x86)", "windows"), "PROGRAMFILES(X86)");
  });

  await t.step("does not repeat a token given instead of its name", () => {
    for (const value of [TOKEN, "glpat-abc", "1A", "a b", ""]) {
      const message = "--x is not the name of a variable; expected a name such as CI_TOKEN, not its value";
      assertEquals(refusal(() => read(variableName, value)), message);
    }
  });
});

Deno.test("filePath", async (t) => {
  await t.step("accepts any path", () => assertEquals(read(filePath, "../a b"), "../a b"));

  await t.step("does not repeat a token given instead of its file", () => {
    assertEquals(refusal(() => read(filePath, TOKEN)), "--x is a token; expected the path of the file that holds it");
  });
});

Deno.test("textOrFile", async (t) => {
  await t.step(
    "returns a text as it is",
    () => assertEquals(read(textOrFile, "{ }"), { text: "{ }", from: origin("--x") }),
  );

  await t.step("reads a file, without a byte order mark", () => {
    assertEquals(read(textOrFile, "@policy.json"), { text: "{}\n", from: origin("--x").with(' "@policy.json"') });
    assertEquals(read(textOrFile, "@bom.json").text, "{}");
  });

  await t.step("names a file that is missing or unreadable", () => {
    assertEquals(refusal(() => read(textOrFile, "@gone")), '--x: no such file "gone"');
    assertEquals(refusal(() => read(textOrFile, "@closed.json")), '--x: cannot read "closed.json" (permission denied)');
  });
});

Deno.test("keyValue", async (t) => {
  await t.step("splits at the first equals sign", () => {
    assertEquals(read(keyValue, "a=b=c"), { key: "a", value: "b=c" });
    assertEquals(read(keyValue, "d="), { key: "d", value: "" });
  });

  await t.step("refuses a text without a key", () => {
    for (const value of ["Team", "=x"]) {
      assertEquals(refusal(() => read(keyValue, value)), `--x is "${value}"; expected KEY=VALUE`);
    }
  });
});
