/**
 * Runs a command bare and behind arar in the same surroundings: a session of its own, set up by a shell.
 * Must not know what is compared.
 */
import type { Way } from "./allowed_differences.ts";

/** How a command is run: directly, or by arar in one of its two ways. */
export type Runner = "bare" | Way;

/** What came of a run. */
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
  /** The words that hand a command over to arar; those of the real program unless given. */
  readonly handOver?: (way: Way) => readonly string[];
}

/** No probe takes longer than this; one that does is ended and fails. */
const LIMIT = 30_000;

const HANDOVER = new URL("./handover.ts", import.meta.url).pathname;

/** The last step of arar alone: quicker, for what has nothing to do with credentials. */
export function handOverAlone(way: Way): readonly string[] {
  return [Deno.execPath(), "run", "-A", "--no-config", HANDOVER, way];
}

/** The words that run a command. */
export function wordsOf(runner: Runner, command: readonly string[], surroundings: Surroundings): readonly string[] {
  if (runner === "bare") return command;
  return [...(surroundings.handOver ?? handOverAlone)(runner), ...command];
}

/** Starts a command as the leader of a session of its own, so that its process id is also that of its group. */
export function start(runner: Runner, command: readonly string[], surroundings: Surroundings = {}): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", `${surroundings.setup ?? ""}\nexec "$@"`, "sh", ...wordsOf(runner, command, surroundings)],
    env: { ...basics(), ...surroundings.env },
    clearEnv: true,
    detached: true,
    stdin: surroundings.stdin ? "piped" : "null",
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

/** Waits for the end of what {@linkcode start} started. */
export async function finish(child: Deno.ChildProcess, stdin?: Uint8Array<ArrayBuffer>): Promise<Outcome> {
  const limit = setTimeout(() => endGroup(child.pid), LIMIT);
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
    // Whatever is left of the group, such as an orphan that a failing probe has made.
    endGroup(child.pid);
  }
}

/** Ends a process group with SIGKILL; its leader is a process that a probe has started. */
export function endGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch {
    // Gone, as it should be.
  }
}

async function latin1(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new TextDecoder("latin1").decode(await new Response(stream).arrayBuffer());
}

async function feed(stream: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    await new Blob([bytes.slice()]).stream().pipeTo(stream);
  } catch {
    // The command did not read to the end.
  }
}

function basics(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "LANG"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
