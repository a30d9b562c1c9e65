/**
 * The arguments, the environment and the machine arar runs on.
 *
 * @module
 */

/** Operating systems by Deno's names; arar treats what it does not know as a Unix. */
export type Os = typeof Deno.build.os;

/** The arguments, the environment and the machine. */
export interface Environment {
  /** The words after the program's name. Words that are not UTF-8 arrive with U+FFFD in them. */
  readonly args: readonly string[];
  readonly os: Os;
  /** `deno 2.9.5, x86_64-unknown-linux-gnu`: what runs this program. */
  readonly runtime: string;
  /** The process's own arguments as bytes, if the system tells (`/proc`). */
  commandLine(): readonly Uint8Array[] | undefined;
  /** A copy of the environment. Values that are not UTF-8 are missing from it, though children inherit them. */
  env(): Readonly<Record<string, string>>;
  /** The user's home folder where the environment does not name one. */
  homeFolder(): string | undefined;
  /** Sets a variable of this process, and so of its children. */
  setEnv(name: string, value: string): void;
  /** Removes a variable of this process, and so of its children. */
  deleteEnv(name: string): void;
  /** Undoes what Deno did to the environment before we got it. To be called before anything reads or inherits it. */
  restoreEnv(): void;
  /** Does something while these variables are set, for a library that reads nothing but the environment. */
  withEnv<Value>(variables: Readonly<Record<string, string>>, action: () => Promise<Value>): Promise<Value>;
}

const CARRIAGE_RETURN = 13;

/** The real arguments and environment. */
export const environment: Environment = {
  args: typedWords(),
  os: Deno.build.os,
  runtime: `deno ${Deno.version.deno}, ${Deno.build.target}`,
  commandLine,
  env: () => Deno.env.toObject(),
  homeFolder,
  setEnv: (name, value) => Deno.env.set(name, value),
  deleteEnv: (name) => Deno.env.delete(name),
  restoreEnv,
  withEnv,
};

/**
 * `deno run` drops a carriage return that ends a word (https://github.com/denoland/deno/pull/34968); a compiled program does
 * not. If the system tells, it is put back.
 */
function typedWords(): readonly string[] {
  const typed = Deno.build.standalone ? [] : commandLine() ?? [];
  const before = typed.length - Deno.args.length;
  return Deno.args.map((word, index) => {
    const bytes = typed[before + index];
    if (bytes?.at(-1) !== CARRIAGE_RETURN) return word;
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) === `${word}\r` ? `${word}\r` : word;
  });
}

/** Set by `deno run`, together with a folder of its own at the head of PATH, where PATH has no `node`; it then sees no more to do. */
const SHIM = "DENO_NODE_SHIM_ACTIVE";
const SHIM_PATH = Deno.build.os === "windows"
  ? /^[^;]*[\\/]node_compat_bin(?:;(.+))?$/
  : /^[^:]*\/node_compat_bin(?::(.+))?$/;

function restoreEnv(): void {
  if (Deno.build.standalone || Deno.permissions.querySync({ name: "env" }).state !== "granted") return;
  if (Deno.env.get(SHIM) === undefined) return;
  // On Windows the name may be `Path`; elsewhere a value that is not UTF-8 would throw.
  const now = Deno.build.os === "windows" ? Deno.env.get("PATH") : environment.env().PATH;
  const [, rest] = SHIM_PATH.exec(now ?? "") ?? ["", null];
  const before = environmentAtStart();
  // Inherited from another Deno, both are the caller's. If nobody can tell, this Deno is the likelier.
  if (rest === null || before?.has(SHIM)) return;
  const path = before === undefined ? rest : before.get("PATH");
  Deno.env.delete(SHIM);
  if (path === undefined) Deno.env.delete("PATH");
  else Deno.env.set("PATH", path);
}

/** The environment that this process was started with, if the system tells. */
function environmentAtStart(): ReadonlyMap<string, string> | undefined {
  const entries = procEntries("environ")?.map((bytes) => new TextDecoder().decode(bytes));
  // Of a name that occurs twice the C library reads the first.
  return entries && new Map(
    entries.reverse().map((entry) => {
      const end = entry.indexOf("=");
      return [entry.slice(0, end), entry.slice(end + 1)] as const;
    }),
  );
}

function commandLine(): readonly Uint8Array[] | undefined {
  return procEntries("cmdline");
}

/** The entries of a file of `/proc/self`, which NULs separate; `undefined` where there is none, or without all permissions. */
function procEntries(name: "cmdline" | "environ"): readonly Uint8Array[] | undefined {
  // Under Wine there is one, too, but of another process.
  if (Deno.build.os === "windows") return undefined;
  // Asked first, because the call itself would prompt on a terminal.
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return undefined;
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(`/proc/self/${name}`);
  } catch {
    return undefined;
  }
  const entries: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0, start);
    entries.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length : end + 1;
  }
  return entries;
}

function homeFolder(): string | undefined {
  if (Deno.permissions.querySync({ name: "sys", kind: "homedir" }).state !== "granted") return undefined;
  // Not imported: hardly any run needs it, and Node's modules take long to load.
  return process.getBuiltinModule("node:os").homedir() || undefined;
}

async function withEnv<Value>(
  variables: Readonly<Record<string, string>>,
  action: () => Promise<Value>,
): Promise<Value> {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    return await action();
  } finally {
    for (const [name, value] of before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  }
}
