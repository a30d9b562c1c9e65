/**
 * A fake system for tests of whole runs without a process. It records, in order, what arar does. Signals and the command
 * are those of `child/fake_world.ts`.
 */
import type { System } from "../lib/system.ts";
import type { ChildEnd } from "../lib/system/processes.ts";
import type { Answer } from "../lib/system/terminal.ts";
import { World } from "./child/fake_world.ts";

/** What a test may set. The rest is an ordinary Linux system without a terminal, network or files. */
export interface FakeOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly os?: System["os"];
  /** Milliseconds since the epoch. */
  readonly now?: number;
  readonly files?: Readonly<Record<string, string>>;
  /** The answers typed at the terminal, one line for each prompt; without them there is no terminal. */
  readonly typed?: readonly string[];
  readonly stdin?: string;
  readonly connect?: System["connect"];
  /** Paths that do not exist. */
  readonly missing?: readonly string[];
  /** How the command ends. */
  readonly end?: ChildEnd;
  readonly spawnError?: Error;
  readonly canReplaceProcess?: boolean;
  /** Whether stdout can be written to. */
  readonly stdoutError?: Error;
}

/** The fake system, and what was done to it. */
export interface Fake {
  readonly system: System;
  /** What was done, in order: `set NAME=VALUE`, `delete NAME`, `spawn WORDS`. */
  readonly actions: readonly string[];
  /** The current environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** 2026-01-01T00:00:00Z */
export const NEW_YEAR = 1_767_225_600_000;

/** The longest sleep that ends. The deadline's is longer and never does. */
const LONGEST_PAUSE = 1000;

/** Creates a fake system. */
export function fakeSystem(options: FakeOptions = {}): Fake {
  const world = new World({
    ...(options.os && { os: options.os }),
    ...(options.spawnError && { spawnError: options.spawnError }),
  });
  world.endChild(options.end ?? { kind: "exited", code: 0 });
  const { actions } = world;
  const env = { ...options.env };
  const streams = { stdout: "", stderr: "" };
  const system: System = {
    ...world.system,
    ...clock(options),
    ...files(options, actions),
    ...terminal(options, streams),
    args: options.args ?? [],
    runtime: "deno 0.0.0, test",
    commandLine: () => undefined,
    env: () => ({ ...env }),
    hasEnv: (name) => name in env,
    envNames: () => undefined,
    homeFolder: () => undefined,
    captureShell: () => Promise.reject(new Error("no shell")),
    setEnv: (name, value) => {
      actions.push(`set ${name}=${value}`);
      env[name] = value;
    },
    deleteEnv: (name) => {
      if (name in env) actions.push(`delete ${name}`);
      delete env[name];
    },
    restoreEnv: () => {},
    proxyOf: () => undefined,
    canTrust: () => true,
    connect: options.connect ?? (() => Promise.reject(new Error("no network"))),
    fetch: () => Promise.reject(new Error("no proxy")),
    guardSignals: () => {},
    endedAsInit: () => new Promise(() => {}),
    canReplaceProcess: () => options.canReplaceProcess ?? false,
    replaceProcess: (words) => {
      actions.push(`exec ${words.map((word) => new TextDecoder().decode(word)).join(" ")}`);
      return 2;
    },
    serve: () => {
      actions.push("serve");
      return { port: 1, close() {} };
    },
  };
  return { system, actions, env, stdout: () => streams.stdout, stderr: () => streams.stderr };
}

function clock({ now = NEW_YEAR }: FakeOptions): Pick<System, "now" | "sleep" | "startTimer" | "randomBytes"> {
  return {
    now: () => now,
    startTimer: () => () => {},
    sleep: (milliseconds, { signal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        // In a later turn of the event loop, so that a loop that sleeps does not starve everything else.
        if (milliseconds <= LONGEST_PAUSE) setTimeout(resolve, 0);
      }),
    randomBytes: (count) => new Uint8Array(count).fill(7),
  };
}

function files({ files: given = {}, missing = [] }: FakeOptions, actions: string[]): FakeFiles {
  const texts = new Map(Object.entries(given));
  const bytes = (path: string) => {
    const text = texts.get(path);
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  return {
    readFile: (path) => Promise.resolve(bytes(path)),
    readTextFile: (path) => Promise.resolve(texts.get(path)),
    readTextFileSync: (path) => texts.get(path),
    mayRead: () => true,
    isMissing: (path) => missing.includes(path),
    writePrivateFile: (path) => Promise.resolve(void actions.push(`write ${path}`)),
    appendToFile: (path) => Promise.resolve(void actions.push(`append ${path}`)),
    makePrivateFolder: () => Promise.resolve(),
    writeTemporaryFileSync: () => "/tmp/fake",
    privacyProblem: () => Promise.resolve(undefined),
    listFiles: () => Promise.resolve([]),
    remove: (path) => Promise.resolve(texts.delete(path)),
    withLock: (_path, _patience, action) => action(),
    stderrIsFile: () => false,
  };
}

type FakeFiles = Pick<
  System,
  | ("readFile" | "readTextFile" | "readTextFileSync" | "mayRead" | "isMissing" | "writePrivateFile" | "appendToFile")
  | "makePrivateFolder"
  | ("writeTemporaryFileSync" | "privacyProblem" | "listFiles" | "remove" | "withLock" | "stderrIsFile")
>;

function terminal(
  { typed, stdin = "", stdoutError }: FakeOptions,
  streams: { stdout: string; stderr: string },
): Pick<System, "writeStdout" | "writeStderr" | "readStdinLine" | "ask" | "hasTerminal"> {
  const lines = [...typed ?? []];
  const input = stdin === "" ? [] : stdin.split("\n");
  const answer = (): Answer => {
    if (typed === undefined) return { kind: "no-terminal" };
    const line = lines.shift();
    return line === undefined ? { kind: "end" } : { kind: "line", line };
  };
  return {
    hasTerminal: () => typed !== undefined,
    writeStdout: (text) => {
      if (stdoutError) throw stdoutError;
      streams.stdout += text;
    },
    writeStderr: (text) => void (streams.stderr += text),
    readStdinLine: () => input.shift(),
    ask: (question) => {
      if (typed !== undefined) streams.stderr += question;
      return Promise.resolve(answer());
    },
  };
}
