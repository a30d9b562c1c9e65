/** Runs a command with and without arar in the same surroundings: its own session, set up by a shell. */
import { ararWords, baseEnv, denoFlags } from "../arar.ts";
import { HANG } from "../patience.ts";
import { ALICE, callerEnv, type StsServer, TERRAFORM_ROLE } from "../sts_server.ts";
import type { Way } from "./allowed_differences.ts";

/** How a command is run: directly (`bare`), or by arar in one of its two ways. */
export type Runner = "bare" | Way;

/** The outcome of a run. */
export interface Outcome {
  readonly status: Deno.CommandStatus;
  /** Bytes as Latin-1, so that no byte is lost. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Surroundings of a run. */
export interface Surroundings {
  /** Shell code that runs first, in the process that becomes the command or arar. */
  readonly setup?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array<ArrayBuffer>;
  readonly cwd?: string;
  /** The words in front of a command; by default only the last step of arar. */
  readonly handOver?: (way: Way) => readonly string[];
}

const HANDOVER = new URL("./handover.ts", import.meta.url).pathname;

/** Only the last step of arar, which is faster: for probes that do not need credentials. */
export function handOverAlone(way: Way): readonly string[] {
  return [Deno.execPath(), "run", "--quiet", ...denoFlags(), "-A", HANDOVER, way];
}

/** Only the last step of arar, with the fewest permissions: neither the C library nor `/proc`. */
export function handOverNarrowly(way: Way): readonly string[] {
  return [Deno.execPath(), "run", "--quiet", ...denoFlags(), "--allow-env", "--allow-run", HANDOVER, way];
}

/** Surroundings in which all of arar runs: it assumes a role of the server, then runs the command. */
export function wholeProgram(sts: StsServer): Required<Pick<Surroundings, "env" | "handOver">> {
  return {
    env: {
      ...callerEnv(ALICE),
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_REGION: "eu-west-1",
      AWS_ROLE_ARN: TERRAFORM_ROLE.arn,
    },
    handOver: (way) => [...ararWords(), ...(way === "exec" ? ["--exec"] : []), "--"],
  };
}

/** Whether the program is a binary rather than run by Deno. */
export function isCompiled(): boolean {
  return ararWords()[0] !== Deno.execPath();
}

/** The words in front of the command. */
export function prefixOf(runner: Runner, surroundings: Surroundings): readonly string[] {
  return runner === "bare" ? [] : (surroundings.handOver ?? handOverAlone)(runner);
}

/** Starts a command as the leader of a new session, so that its process ID is also that of its group. */
export function start(runner: Runner, command: readonly string[], surroundings: Surroundings = {}): Deno.ChildProcess {
  const words = [...prefixOf(runner, surroundings), ...command];
  return startShell(`${surroundings.setup ?? ""}\nexec "$@"`, words, surroundings);
}

/** Runs a shell script in which `"$@" command` runs a command. */
export async function runScript(runner: Runner, script: string, surroundings: Surroundings = {}): Promise<Outcome> {
  const child = startShell(script, prefixOf(runner, surroundings), surroundings);
  return await finish(child, surroundings.stdin);
}

function startShell(script: string, words: readonly string[], { env, stdin, cwd }: Surroundings): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", ...words],
    env: { ...baseEnv(), ...env },
    clearEnv: true,
    ...(cwd !== undefined && { cwd }),
    detached: true,
    stdin: stdin ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs a command to its end. */
export async function run(
  runner: Runner,
  command: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  return await finish(start(runner, command, surroundings), surroundings.stdin);
}

/** Waits for the end of what {@linkcode start} has started. */
export async function finish(child: Deno.ChildProcess, stdin?: Uint8Array<ArrayBuffer>): Promise<Outcome> {
  const limit = setTimeout(() => endGroup(child.pid), HANG);
  try {
    const [status, stdout, stderr] = await Promise.all([
      child.status,
      latin1(child.stdout),
      latin1(child.stderr),
      stdin && feed(child.stdin, stdin),
    ]);
    return { status, stdout, stderr };
  } finally {
    clearTimeout(limit);
    // Orphans of a failing probe, for example.
    endGroup(child.pid);
  }
}

/** Kills a process group whose leader a probe has started. */
export function endGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** For `TextDecoder`, "latin1" means Windows-1252, which changes bytes. */
async function latin1(stream: ReadableStream<Uint8Array>): Promise<string> {
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

async function feed(stream: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    await new Blob([bytes.slice()]).stream().pipeTo(stream);
  } catch {
    // The command did not read to the end.
  }
}
