/** The arguments, the environment, the platform, and what Deno permits. */

/** The real environment. */
export const environment = {
  /** The arguments after the program's name. In those that are not UTF-8, invalid bytes are replaced with U+FFFD. */
  args: exactWords(),
  /** The operating system. arar treats one it does not know as a Unix. */
  os: Deno.build.os,
  /** For example `deno 2.9.5, x86_64-unknown-linux-gnu`. */
  runtime: `deno ${Deno.version.deno}, ${Deno.build.target}`,
  /** The process's whole command line as bytes, if available (`/proc`). */
  commandLine: (): readonly Uint8Array[] | undefined => procEntries("cmdline"),
  /** A copy of the environment, without values that are not UTF-8, which children inherit nevertheless. */
  env: (): Readonly<Record<string, string>> => Deno.env.toObject(),
  hasEnv,
  /** The names of all variables that this process was started with, readable or not, if available (`/proc`). */
  envNames: (): readonly string[] | undefined =>
    procEntries("environ")?.map((entry) => new TextDecoder().decode(entry).split("=", 1)[0] ?? ""),
  homeFolder,
  /** Sets a variable of this process, which children inherit. */
  setEnv: (name: string, value: string): void => Deno.env.set(name, value),
  deleteEnv: (name: string): void => Deno.env.delete(name),
  restoreEnv,
};

/**
 * The arguments as typed, if the real command line is available; Deno's otherwise. `deno run` drops carriage returns at
 * the end of an argument, some versions one and others all: https://github.com/denoland/deno/pull/34968
 */
function exactWords(): readonly string[] {
  const { args } = Deno;
  const words = procEntries("cmdline")?.slice(-args.length || Infinity).map(decode) ?? [];
  const isSame = words.length === args.length && words.every((word, index) => trimmed(word) === trimmed(args[index]));
  return isSame ? words : args;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function trimmed(word = ""): string {
  return word.replace(/\r+$/, "");
}

/** Whether the variable is set, readable or not. */
function hasEnv(name: string): boolean {
  try {
    return Deno.env.has(name);
  } catch (error) {
    // Its message holds the value.
    if (error instanceof Deno.errors.InvalidData) return true;
    throw error;
  }
}

/** If PATH has no `node`, `deno run` sets this variable and puts a directory of its own first in PATH. */
const SHIM = "DENO_NODE_SHIM_ACTIVE";
const SHIM_PATH = Deno.build.os === "windows"
  ? /^[^;]*[\\/]node_compat_bin(?:;(.+))?$/
  : /^[^:]*\/node_compat_bin(?::(.+))?$/;

/** Undoes Deno's own changes of the environment. Call it before anything reads or inherits the environment. */
function restoreEnv(): void {
  if (Deno.build.standalone || !isGranted({ name: "env" })) return;
  if (Deno.env.get(SHIM) === undefined) return;
  // On Windows the name may be `Path`; elsewhere reading a value that is not UTF-8 would throw.
  const now = Deno.build.os === "windows" ? Deno.env.get("PATH") : environment.env().PATH;
  const [, rest] = SHIM_PATH.exec(now ?? "") ?? ["", null];
  const before = environmentAtStart();
  // If another Deno set them, they are part of our caller's environment. If that is unknown, this Deno most likely did.
  if (rest === null || before?.has(SHIM)) return;
  const path = before === undefined ? rest : before.get("PATH");
  Deno.env.delete(SHIM);
  if (path === undefined) Deno.env.delete("PATH");
  else Deno.env.set("PATH", path);
}

/** The environment that this process was started with, if available. */
function environmentAtStart(): ReadonlyMap<string, string> | undefined {
  const entries = procEntries("environ")?.map(decode);
  // If a name occurs twice, the C library reads the first.
  return entries && new Map(
    entries.reverse().map((entry) => {
      const end = entry.indexOf("=");
      return [entry.slice(0, end), entry.slice(end + 1)] as const;
    }),
  );
}

/** The NUL-separated entries of a file in `/proc/self`; `undefined` if there is no such file or Deno may not read it. */
function procEntries(name: "cmdline" | "environ"): readonly Uint8Array[] | undefined {
  // Under Wine the file exists, but belongs to another process.
  if (Deno.build.os === "windows") return undefined;
  if (!isGranted({ name: "read" })) return undefined;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Deno.readFileSync(`/proc/self/${name}`);
  } catch {
    return undefined;
  }
  const entries: Uint8Array[] = [];
  for (let rest = bytes; rest.length > 0; rest = rest.subarray((entries.at(-1)?.length ?? 0) + 1)) {
    const end = rest.indexOf(0);
    entries.push(end === -1 ? rest : rest.subarray(0, end));
  }
  return entries;
}

/** The user's home directory according to the operating system, for an environment that does not name it. */
function homeFolder(): string | undefined {
  if (!isGranted({ name: "sys", kind: "homedir" })) return undefined;
  // Not imported: few runs need it, and Node's modules are slow to load.
  return process.getBuiltinModule("node:os").homedir() || undefined;
}

/** Whether Deno permits this without asking. To be checked before a call that would prompt on a terminal. */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
