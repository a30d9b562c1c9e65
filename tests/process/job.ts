/**
 * Owns what process tests share: a job of alice's against the embedded STS, the command behind it, how a failure looks.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { arar, type ArarOptions, type ArarResult, ararWords, baseEnv, scanForSecrets } from "../arar.ts";
import { sampleEnv, type StsServer } from "../sts_server.ts";

/** Variables to set, or with `undefined` to leave out of what a job has. */
export type EnvChange = Readonly<Record<string, string | undefined>>;

/** What a command behind arar was given. */
export interface Shown {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Words that show what they are given, see `command.ts`. */
export const SHOW: readonly string[] = [
  Deno.execPath(),
  ...["run", "--quiet", "--no-config", "--no-lock", "-A"],
  fileURLToPath(new URL("command.ts", import.meta.url)),
];

/** Words that do nothing and succeed. */
export const QUIET: readonly string[] = Deno.build.os === "windows" ? ["cmd", "/c", "rem"] : ["true"];

/** Runs arar as alice's job does, its environment changed. */
export function job(
  sts: StsServer,
  args: readonly string[],
  change: EnvChange = {},
  options: Omit<ArarOptions, "env"> = {},
): Promise<ArarResult> {
  return arar(args, { env: jobEnv(sts, change), secrets: () => sts.secrets(), ...options });
}

/** Runs a shell script of alice's job, in which `"$@"` is arar: for what cannot be said in Deno, bytes above all. */
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

/** The environment of alice's job, changed. */
export function jobEnv(sts: Pick<StsServer, "url">, change: EnvChange): Record<string, string> {
  const entries = Object.entries({ ...sampleEnv(sts), ...change });
  return Object.fromEntries(entries.flatMap(([name, value]) => value === undefined ? [] : [[name, value]]));
}

/** Runs arar with a command that shows what it is given. */
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

/** A failure of arar's own: one message, nothing else, no command. Answers its lines without `arar: `. */
export function failure(result: ArarResult, code = 125): readonly string[] {
  const { stderr } = result;
  assertEquals({ code: result.code, stdout: result.stdout }, { code, stdout: "" }, stderr);
  assert(stderr.endsWith("\n"), "stderr ends within a line");
  const lines = stderr.trimEnd().split("\n");
  for (const line of lines) assertMatch(line, /^arar: (?!(?!Deno )[A-Z][a-z])\S.*[^.]$/);
  assert(!/ at (?:file|https?|node|ext):|internal error/.test(stderr), stderr);
  const [first = "", ...rest] = lines.map((line) => line.slice("arar: ".length));
  for (const line of rest) assertMatch(line, /^hint: /);
  return [first, ...rest];
}

/** What was asked of STS, in order. */
export function actions(sts: Pick<StsServer, "requests">): readonly string[] {
  return sts.requests.map(({ action }) => action);
}

/** The parameters of the last AssumeRole. */
export function lastAssumeRole(sts: Pick<StsServer, "requests">): Readonly<Record<string, string>> {
  return sts.requests.findLast(({ action }) => action === "AssumeRole")?.params ?? {};
}

/** A command that copies its input to its output, wherever Deno runs. */
export const COPY: readonly string[] = [
  Deno.execPath(),
  "eval",
  "--quiet",
  "--no-config",
  "--no-lock",
  "await Deno.stdin.readable.pipeTo(Deno.stdout.writable)",
];

/** Says why a test is left out, for `ignore`. */
export function skipUnless(possible: boolean, reason: string): boolean {
  // deno-lint-ignore no-console -- a skip that gives no reason would pass for a success
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
