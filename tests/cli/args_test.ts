/** The grammar: which words belong to arar and which to the command, and what is refused. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseArgs, type ParsedArgs } from "../../lib/cli/args.ts";
import { ArarError } from "../../lib/errors.ts";

type Run = Extract<ParsedArgs, { kind: "run" }>;

function run(options: Run["options"], command: readonly string[]): Run {
  return { kind: "run", options, command };
}

function message(words: readonly string[]): string {
  return assertThrows(() => parseArgs(words), ArarError).message;
}

Deno.test("parseArgs() options", async (t) => {
  const rows: readonly (readonly [string, readonly string[], Run["options"]])[] = [
    ["accepts none", [], {}],
    ["reads a value from the next word", ["--region", "eu-west-1"], { region: "eu-west-1" }],
    ["reads a value after =", ["--region=eu-west-1"], { region: "eu-west-1" }],
    ["splits at the first = only", ["--role-session-name=a=b="], { roleSessionName: "a=b=" }],
    ["reads a value that starts with - after =", ["--external-id=-x"], { externalId: "-x" }],
    ["reads a value that looks like an option after =", ["--external-id=--region"], { externalId: "--region" }],
    ["accepts - as a token code", ["--token-code", "-"], { tokenCode: "-" }],
    ["keeps the zeros of a number", ["--token-code", "012345"], { tokenCode: "012345" }],
    ["keeps what looks like a number", ["--external-id=0x1F", "--region=1e3"], {
      externalId: "0x1F",
      region: "1e3",
    }],
    ["keeps a value with a line break", ["--policy={\n}"], { policy: "{\n}" }],
    ["keeps spaces, quotes and other scripts", ["--policy", ` "é' 日本 `], { policy: ` "é' 日本 ` }],
    ["accepts a flag", ["--username-session"], { usernameSession: true }],
    ["accepts a short flag", ["-u"], { usernameSession: true }],
    ["accepts combined short flags", ["-uv"], { usernameSession: true, verbose: true }],
    ["accepts a flag twice", ["-v", "--verbose", "-vv"], { verbose: true }],
    ["does not treat the next word as the value of a flag", ["-v", "--region", "true"], {
      verbose: true,
      region: "true",
    }],
    ["keeps a list in order", ["--tag", "b=1", "-u", "--tag=a==2", "--tag", "b=1"], {
      tag: ["b=1", "a==2", "b=1"],
      usernameSession: true,
    }],
    ["reads a single value of a list as a list", ["--role-arn", "0123"], { roleArn: ["0123"] }],
  ];
  for (const [what, words, options] of rows) {
    await t.step(what, () => assertEquals(parseArgs(words), run(options, [])));
  }

  await t.step("are frozen", () => {
    const parsed = parseArgs(["-u"]);
    assertEquals(parsed.kind === "run" && Object.isFrozen(parsed.options), true);
  });
});

Deno.test("parseArgs() command", async (t) => {
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["begins at the first word that is not an option", ["-u", "ls", "-l"], ["ls", "-l"]],
    ["begins after --", ["-u", "--", "ls", "-l"], ["ls", "-l"]],
    ["may look like an option after --", ["-u", "--", "--region"], ["--region"]],
    ["keeps its own --", ["-u", "--", "npm", "--", "run"], ["npm", "--", "run"]],
    ["keeps a later --", ["-u", "git", "log", "--", "."], ["git", "log", "--", "."]],
    ["may begin with --", ["-u", "--", "--", "x"], ["--", "x"]],
    ["keeps options that arar also has", ["-u", "x", "-u", "--help", "--region", "r"], [
      "x",
      "-u",
      "--help",
      "--region",
      "r",
    ]],
    ["keeps numbers as written", ["-u", "0123", "1e3", "0x1F"], ["0123", "1e3", "0x1F"]],
    ["keeps empty words", ["-u", "x", "", ""], ["x", "", ""]],
    ["may be an empty word", ["-u", "", "x"], ["", "x"]],
    ["may be -", ["-u", "-", "x"], ["-", "x"]],
    ["keeps spaces, quotes, line breaks and other scripts", ["-u", "a b", `"'\\$`, "\r\n\t", "日本 \u{1f511}\ufffd"], [
      "a b",
      `"'\\$`,
      "\r\n\t",
      "日本 \u{1f511}\ufffd",
    ]],
    ["keeps words that name object properties", ["-u", "__proto__", "--constructor", "--no-u", "--__proto__=1"], [
      "__proto__",
      "--constructor",
      "--no-u",
      "--__proto__=1",
    ]],
  ];
  for (const [what, words, command] of rows) {
    await t.step(what, () => assertEquals(parseArgs(words), run({ usernameSession: true }, command)));
  }

  await t.step("may be missing, but not after --", () => {
    assertEquals(parseArgs([]), run({}, []));
    assertEquals(message(["-u", "--"]), "no command after --; drop -- to only check the role (see arar --help)");
  });

  await t.step("is never the value of an option before --", () => {
    assertEquals(message(["--region", "--", "ls"]).startsWith("--region needs a value"), true);
  });
});

Deno.test("parseArgs() actions", async (t) => {
  const rows: readonly (readonly [string, readonly string[], ParsedArgs])[] = [
    ["accepts --help", ["--help"], { kind: "help" }],
    ["accepts -h", ["-h"], { kind: "help" }],
    ["accepts -h among short flags", ["-uvh"], { kind: "help" }],
    ["accepts --help before a command", ["--help", "ls"], { kind: "help" }],
    ["prefers --help to everything else", ["--version", "--completions=bash", "--help"], { kind: "help" }],
    ["accepts --version", ["-u", "--version"], { kind: "version" }],
    ["accepts --completions", ["--completions", "zsh"], { kind: "completions", shell: "zsh" }],
    ["accepts --clear-cache", ["--clear-cache"], { kind: "clear-cache" }],
  ];
  for (const [what, words, parsed] of rows) await t.step(what, () => assertEquals(parseArgs(words), parsed));
});

Deno.test("parseArgs() refuses", async (t) => {
  const dash = 'needs a value; write one that starts with "-" as';
  const rows: readonly (readonly [string, readonly string[], string])[] = [
    ["an unknown option", ["--frobnicate"], 'unknown option "--frobnicate"'],
    ["an unknown option without its value", ["--password=hunter2"], 'unknown option "--password"'],
    ["an unknown short option", ["-x"], 'unknown option "-x"'],
    ["an unknown letter among short flags", ["-uxv"], 'unknown option "-x" in "-uxv"'],
    ["a value joined to a short flag", ["-u=1"], 'unknown option "-=" in "-u=1"'],
    ["three dashes", ["---help"], 'unknown option "---help"; did you mean --help?'],
    ["an option without a name", ["--=x"], 'unknown option "--"'],
    ["an option with a line break, which is escaped", ["--a\nb"], 'unknown option "--a\\nb"'],
    ["a long option with one dash", ["-role-arn", "x"], 'unknown option "-r" in "-role-arn"; did you mean --role-arn?'],
    ["a misspelled option", ["--rolearn", "x"], 'unknown option "--rolearn"; did you mean --role-arn?'],
    ["the name of a setting", ["--mfa-serial", "x"], 'unknown option "--mfa-serial"; did you mean --serial-number?'],
    [
      "the end of an option's name",
      ["--session-name", "x"],
      'unknown option "--session-name"; did you mean --role-session-name?',
    ],
    [
      "an option without one of its few values",
      ["--print"],
      "--print needs a value: process, env, export, fish, powershell, json, terragrunt, github, plan",
    ],
    [
      "an option without one of its few values, before a command",
      ["--completions", "--", "x"],
      "--completions needs a value: bash, zsh, fish, powershell",
    ],
    ["--no-x", ["--no-verbose"], 'unknown option "--no-verbose"'],
    ["--no-x of an option with a value", ["--no-region"], 'unknown option "--no-region"'],
    ["__proto__", ["--__proto__", "x"], 'unknown option "--__proto__"'],
    ["__proto__ with a value", ["--__proto__=x"], 'unknown option "--__proto__"'],
    ["constructor", ["--constructor", "x"], 'unknown option "--constructor"'],
    ["a path into an object", ["--region.x=y"], 'unknown option "--region.x"; did you mean --region?'],
    ["a value for a flag", ["--verbose=true"], '--verbose takes no value, got "true"'],
    ["an empty value for a flag", ["--verbose="], '--verbose takes no value, got ""'],
    ["a value for an action", ["--help=x"], '--help takes no value, got "x"'],
    ["a missing value", ["--region"], "--region needs a value: --region REGION"],
    ["an empty value", ["--region", "", "ls"], "--region got an empty value: --region REGION"],
    ["an empty value after =", ["--region="], "--region got an empty value: --region REGION"],
    ["an empty value of a list", ["--tag="], "--tag got an empty value: --tag KEY=VALUE"],
    ["an option in place of a value", ["--region", "-v", "ls"], `--region ${dash} --region=REGION`],
    ["- as any other value than a token code", ["--region", "-"], `--region ${dash} --region=REGION`],
    ["a token code that only starts with -", ["--token-code", "-1"], `--token-code ${dash} --token-code=CODE`],
    ["a single value twice", ["--region=a", "-u", "--region", "a"], "--region is given twice; expected one value"],
    ["an action twice", ["--completions=a", "--completions=b"], "--completions is given twice; expected one value"],
    ["a command with --clear-cache", ["--clear-cache", "ls"], "--clear-cache takes no command"],
    ["a command with --completions", ["--completions=bash", "ls"], "--completions takes no command"],
  ];
  for (const [what, words, expected] of rows) {
    await t.step(what, () => assertEquals(message(words), `${expected} (see arar --help)`));
  }
});
