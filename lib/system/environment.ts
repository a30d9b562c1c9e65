/**
 * The arguments, the environment and the machine arar runs on.
 * It must not know what any variable means.
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
  /** The process's own arguments as bytes, split at NUL, where the system tells (`/proc`); else `undefined`. */
  commandLine(): readonly Uint8Array[] | undefined;
  /** A copy of the environment. Values that are not UTF-8 are missing from it, yet the child inherits them. */
  env(): Readonly<Record<string, string>>;
  /** Sets a variable of this very process, and so of its children. */
  setEnv(name: string, value: string): void;
  /** Removes a variable of this very process, and so of its children. */
  deleteEnv(name: string): void;
}

const CARRIAGE_RETURN = 13;

/** The real arguments and environment. */
export const environment: Environment = {
  args: typedWords(),
  os: Deno.build.os,
  runtime: `deno ${Deno.version.deno}, ${Deno.build.target}`,
  commandLine,
  env: () => Deno.env.toObject(),
  setEnv: (name, value) => Deno.env.set(name, value),
  deleteEnv: (name) => Deno.env.delete(name),
};

/**
 * `deno run` drops a carriage return that ends a word (https://github.com/denoland/deno/pull/34968); a compiled program does
 * not. Where the system tells, it is put back.
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

function commandLine(): readonly Uint8Array[] | undefined {
  // Without this, Deno would stop and ask a person for the permission.
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return undefined;
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync("/proc/self/cmdline");
  } catch {
    // No /proc, or not all permissions: the caller then knows only what `args` shows.
    return undefined;
  }
  const words: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0, start);
    words.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length : end + 1;
  }
  return words;
}
