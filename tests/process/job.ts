/**
 * Shared by the process tests: a CI job of alice's that runs arar against the embedded STS.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { arar, type ArarOptions, type ArarResult, ararWords, baseEnv, scanForSecrets } from "../arar.ts";
import { sampleEnv, type StsServer } from "../sts_server.ts";

/** Variables to set, or to remove from the job's environment (`undefined`). */
export type EnvChange = Readonly<Record<string, string | undefined>>;

/** What the command received. */
export interface Shown {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A command that prints its words and its environment, see `command.ts`. */
export const SHOW: readonly string[] = [
  Deno.execPath(),
  ...["run", "--quiet", "--no-config", "--no-lock", "-A"],
  fileURLToPath(new URL("command.ts", import.meta.url)),
];

/** A command that does nothing and succeeds. */
export const QUIET: readonly string[] = Deno.build.os === "windows" ? ["cmd", "/c", "rem"] : ["true"];

/** Runs arar in alice's job, with these changes of its environment. */
export function job(
  sts: StsServer,
  args: readonly string[],
  change: EnvChange = {},
  options: Omit<ArarOptions, "env"> = {},
): Promise<ArarResult> {
  return arar(args, { env: jobEnv(sts, change), secrets: () => sts.secrets(), ...options });
}

/**
 * Runs a shell script in alice's job, in which `"$@"` is arar: for what Deno cannot do, such as words that are not
 * UTF-8.
 */
export async function shellJob(
  sts: StsServer,
  script: string,
  change: EnvChange = {},
  options: Pick<ArarOptions, "commandShowsSecrets"> = {},
): Promise<ArarResult> {
  const env = jobEnv(sts, change);
  const { stdout, stderr, code, signal } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", ...ararWords()],
    env: { ...baseEnv(), ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const result = { code, signal, stdout: decode(stdout), stderr: decode(stderr), output: stdout };
  scanForSecrets(result, { ...options, env, secrets: () => sts.secrets() });
  return result;
}

/** The environment of alice's job, with these changes. */
export function jobEnv(sts: Pick<StsServer, "url">, change: EnvChange): Record<string, string> {
  const entries = Object.entries({ ...sampleEnv(sts), ...change });
  return Object.fromEntries(entries.flatMap(([name, value]) => value === undefined ? [] : [[name, value]]));
}

/** Runs arar with a command that prints what it received. */
export async function show(
  sts: StsServer,
  options: readonly string[],
  change: EnvChange = {},
  words: readonly string[] = [],
): Promise<Shown & ArarResult> {
  const result = await job(sts, [...options, "--", ...SHOW, ...words], change, { commandShowsSecrets: true });
  assertEquals(result.code, 0, result.stderr);
  const shown: Shown = JSON.parse(result.stdout);
  return { ...result, ...shown };
}

/** Asserts that arar failed with a message, perhaps of several lines, and hints, and ran no command. Returns them without `arar: `. */
export function failure(result: ArarResult, code = 125): readonly string[] {
  const { stderr } = result;
  assertEquals({ code: result.code, stdout: result.stdout }, { code, stdout: "" }, stderr);
  assert(stderr.endsWith("\n"), "stderr ends within a line");
  const lines = stderr.trimEnd().split("\n");
  for (const line of lines) assertMatch(line, /^arar: (?!(?!Deno |Google )[A-Z][a-z])\S.*[^.]$/);
  assert(!/ at (?:file|https?|node|ext):|internal error/.test(stderr), stderr);
  const told = lines.map((line) => line.slice("arar: ".length));
  const count = told.findIndex((line) => line.startsWith("hint: "));
  const [message, hints] = count === -1 ? [told, []] : [told.slice(0, count), told.slice(count)];
  for (const line of hints) assertMatch(line, /^hint: /);
  const text = message.join("; ").replaceAll("; STS said: ", ": ");
  return [text.replace(/^(cannot assume role "\S*"); the caller is (.*?); /, "$1 as $2: "), ...hints];
}

/** The actions that STS received, in order. */
export function actions(sts: Pick<StsServer, "requests">): readonly string[] {
  return sts.requests.map(({ action }) => action);
}

/** The parameters of the last AssumeRole. */
export function lastAssumeRole(sts: Pick<StsServer, "requests">): Readonly<Record<string, string>> {
  return sts.requests.findLast(({ action }) => action === "AssumeRole")?.params ?? {};
}

/** A command that copies its stdin to its stdout, on any system. */
export const COPY: readonly string[] = [
  Deno.execPath(),
  "eval",
  "--quiet",
  "--no-config",
  "--no-lock",
  "await Deno.stdin.readable.pipeTo(Deno.stdout.writable)",
];

/** For `ignore`: true unless it is possible, with the reason on the console. */
export function skipUnless(possible: boolean, reason: string): boolean {
  // deno-lint-ignore no-console -- a skip without a reason would look like a success
  if (!possible) console.warn(`skipped: ${reason}`);
  return !possible;
}

/** Whether a program is on PATH. */
export function hasProgram(name: string, ...args: readonly string[]): boolean {
  try {
    return new Deno.Command(name, { args: [...args], stdout: "null", stderr: "null", stdin: "null" }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
