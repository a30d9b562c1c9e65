/** Runs completion scripts in real shells: a home to complete in, lines to type, and what they are completed to. */

import { assertEquals } from "@std/assert";
import { renderCompletion } from "../../../lib/cli/completion.ts";
import { HANG } from "../../patience.ts";

/** Lines to type (`\t` is the TAB key), and the words that arar then gets. */
export const TYPED: readonly (readonly [string, readonly string[]])[] = [
  ["--ro\t", ["--role-"]],
  ["--role-s\t", ["--role-session-name"]],
  ["--print proc\t", ["--print", "process"]],
  ["--print=proc\t", ["--print=process"]],
  ["--role-arn arn:aws:iam::1:role/r --fresh\t", ["--role-arn", "arn:aws:iam::1:role/r", "--fresh"]],
  ["--role-arn=arn:aws:iam::1:role/r --dry\t", ["--role-arn=arn:aws:iam::1:role/r", "--dry-run"]],
  ["--policy @pol\t", ["--policy", "@pol icy.json"]],
  ["--policy=@pol\t", ["--policy=@pol icy.json"]],
  ["--web-identity-token-file tok\t", ["--web-identity-token-file", "token.txt"]],
  ["--web-identity-token-file=tok\t", ["--web-identity-token-file=token.txt"]],
  ["--profile dep\t", ["--profile", "deploy:eu@1"]],
  ["--profile=dep\t", ["--profile=deploy:eu@1"]],
  ["--profile my\t", ["--profile", "my profile"]],
  ["-u ararh\t", ["-u", "ararhelper"]],
  ["-u -- ararh\t tok\t", ["-u", "--", "ararhelper", "token.txt"]],
  ["--role-arn ararh\t ararh\t", ["--role-arn", "ararh", "ararhelper"]],
  ["ararhelper --role-s\t", ["ararhelper", "--role-s"]],
  ["-- ararhelper --dry\t", ["--", "ararhelper", "--dry"]],
];

export const LINES: readonly string[] = TYPED.map(([line]) => line);
export const WORDS: readonly (readonly string[])[] = TYPED.map(([, words]) => words);

/** Shared files with various spellings, and the profiles in them. */
const CONFIG = `[default]\r
region = eu-west-1
[profile deploy:eu@1] # production
role_arn = [profile no]
[ profile  "my profile" ]
[profile keys]
[profile]
[profiles]
[sso-session acme]
[services local]
[open
`;
const CREDENTIALS = `[keys]
aws_secret_access_key = [SECRET]
[ci]
[default]`;
const PROFILES: readonly string[] = ["default", "deploy:eu@1", "my profile", "keys", "ci"];

/** A home with one script, and files to complete. */
export interface Home extends AsyncDisposable {
  /** Runs a program there; `script.txt` is the completion script. */
  run(words: readonly string[], input?: string): Promise<{ readonly stdout: string; readonly stderr: string }>;
}

/** Creates a home for the script of this shell. */
export async function makeHome(shell: string): Promise<Home> {
  const home = await Deno.makeTempDir();
  await Deno.writeTextFile(`${home}/script.txt`, renderCompletion(shell));
  await Deno.writeTextFile(`${home}/pol icy.json`, "{}");
  await Deno.writeTextFile(`${home}/token.txt`, "");
  await Deno.writeTextFile(`${home}/ararhelper`, "#!/bin/sh\n", { mode: 0o755 });
  await Deno.mkdir(`${home}/.aws`);
  await Deno.writeTextFile(`${home}/.aws/config`, CONFIG);
  await Deno.writeTextFile(`${home}/.aws/credentials`, CREDENTIALS);
  return {
    run: (words, input = "") => run(home, words, input),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

async function run(home: string, [program = "", ...args]: readonly string[], input: string) {
  const child = new Deno.Command(program, {
    args,
    cwd: home,
    clearEnv: true,
    env: { HOME: home, PATH: `${home}:${Deno.env.get("PATH")}`, TERM: "dumb", LANG: "C.UTF-8" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(HANG),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Asserts that `list`, run by this command, prints the profiles, and copes with files that are missing or no files. */
export async function assertProfiles(home: Home, command: readonly string[], before: string, list: string) {
  const found = async (config?: string) => {
    const { stdout, stderr } = await home.run([
      ...["env", ...config === undefined ? [] : [`AWS_CONFIG_FILE=${config}`]],
      ...command,
      `${before}; source ./script.txt; ${list}`,
    ]);
    assertEquals(stderr, "");
    return [...new Set(stdout.split("\n").filter((line) => line !== ""))];
  };
  assertEquals(await found(), PROFILES);
  for (const nothing of ["/gone", "/dev/zero", "."]) assertEquals(await found(nothing), ["keys", "ci", "default"]);
}

/** A case for a shell that may not be installed. */
export async function inShell(
  t: Deno.TestContext,
  name: string,
  program: string,
  fn: () => Promise<void>,
): Promise<void> {
  const reason = missing(program);
  await t.step({ name: reason ? `${name}: ${reason}` : name, ignore: reason !== undefined, fn });
}

function missing(program: string): string | undefined {
  if (Deno.build.os === "windows") return "needs a Unix shell";
  try {
    new Deno.Command(program, { args: ["-c", ":"], stdout: "null", stderr: "null" }).outputSync();
    return undefined;
  } catch {
    return `no ${program} on PATH`;
  }
}

/** Parses the output of `arar` in the drivers: one line per typed line, with each word as `word<…>`. */
export function wordsOf(text: string): string[][] {
  return text.trimEnd().split("\n").map((line) => [...line.matchAll(/word<(.*?)>/g)].map(([, word = ""]) => word));
}
