/**
 * Calls of the C library that Deno does not offer: signal dispositions, job control, `execvp`.
 *
 * Constants and layouts are those of Linux (x86-64, arm64) and macOS, which agree except where `LINUX` is checked:
 * https://man7.org/linux/man-pages/man7/signal.7.html and `<sys/signal.h>` of XNU.
 */

import { isGranted } from "./environment.ts";

const LINUX = Deno.build.os === "linux";

/** Signal numbers. */
export const SIGNAL_NUMBERS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGPIPE: 13,
  SIGTERM: 15,
  SIGUSR1: LINUX ? 10 : 30,
  SIGUSR2: LINUX ? 12 : 31,
  SIGCHLD: LINUX ? 17 : 20,
  SIGCONT: LINUX ? 18 : 19,
} as const;

/** Signals that can be relayed to a command. */
export type PosixSignal = Exclude<keyof typeof SIGNAL_NUMBERS, "SIGPIPE" | "SIGCHLD" | "SIGCONT">;

/** The file names of glibc and musl, and of macOS. */
const LIBRARIES: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  linux: ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`],
  darwin: ["/usr/lib/libSystem.B.dylib"],
};

// Needed in every run. To open a library takes Deno a third of a millisecond, and so does each parameter of type
// "buffer".
const DISPOSITION_CALLS = {
  sigaction: { parameters: ["i32", "pointer", "pointer"], result: "i32" },
  signal: { parameters: ["i32", "pointer"], result: "pointer" },
  // Serves as a handler that does nothing.
  abs: { type: "pointer" },
} as const;

const GROUP_CALLS = { getpgid: { parameters: ["i32"], result: "i32" } } as const;

const JOB_CONTROL_CALLS = {
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
  getpgrp: { parameters: [], result: "i32" },
  tcgetpgrp: { parameters: ["i32"], result: "i32" },
  tcsetpgrp: { parameters: ["i32", "i32"], result: "i32" },
  kill: { parameters: ["i32", "i32"], result: "i32" },
} as const;

const DYING_CALLS = {
  kill: { parameters: ["i32", "i32"], result: "i32" },
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32", optional: true },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

const EXEC_CALLS = {
  execvp: { parameters: ["pointer", "pointer"], result: "i32" },
  errno: { name: LINUX ? "__errno_location" : "__error", parameters: [], result: "pointer" },
} as const;

const SIG_DFL = null;
const P_PID = 1;
/** WNOHANG, WSTOPPED and WNOWAIT: do not wait, and leave the status change for Deno to see. */
const STOPPED = LINUX ? 1 | 2 | 0x01000000 : 1 | 8 | 0x20;
const PR_SET_DUMPABLE = 4;
const RLIMIT_CORE = 4;

/** A `struct sigaction` as returned by the system. On all supported systems the handler comes first. */
export interface Disposition {
  readonly isIgnored: boolean;
  readonly action: BigUint64Array<ArrayBuffer>;
}

/** The calls that arar needs. */
export type Libc = ReturnType<typeof wrap>;

let opened: Libc | undefined | null = null;

/** The C library; `undefined` if FFI is not permitted or the library cannot be opened. */
export function libc(): Libc | undefined {
  if (opened === null) opened = open();
  return opened;
}

function open(): Libc | undefined {
  if (!isGranted({ name: "ffi" })) return undefined;
  for (const library of LIBRARIES[Deno.build.os] ?? []) {
    try {
      return wrap(library, Deno.dlopen(library, DISPOSITION_CALLS).symbols);
    } catch {
      // Try the next one.
    }
  }
  return undefined;
}

type Symbols<Names extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<Names>["symbols"];

/** Deno compiles each symbol when it is opened, so symbols that few runs need are opened on demand. */
function wrap(library: string, symbols: Symbols<typeof DISPOSITION_CALLS>) {
  const groups = once(() => Deno.dlopen(library, GROUP_CALLS).symbols);
  const jobs = once(() => Deno.dlopen(library, JOB_CONTROL_CALLS).symbols);
  const dispositions = {
    default: SIG_DFL,
    // SIG_IGN. Not a constant, because creating it requires the FFI permission.
    ignored: Deno.UnsafePointer.create(1n),
    nothing: symbols.abs,
  };
  return {
    /** The current disposition of the signal, for {@linkcode Libc.restore}. */
    disposition(signal: number): Disposition {
      const action = new BigUint64Array(new ArrayBuffer(256));
      symbols.sigaction(signal, null, Deno.UnsafePointer.of(action));
      return { isIgnored: action[0] === 1n, action };
    },
    restore: (signal: number, { action }: Disposition): void =>
      void symbols.sigaction(signal, Deno.UnsafePointer.of(action), null),
    /** Sets the disposition. A program we start inherits `"ignored"`; `"nothing"`, a handler, becomes the default there. */
    setDisposition: (signal: number, disposition: "default" | "ignored" | "nothing"): void =>
      void symbols.signal(signal, dispositions[disposition]),
    processGroup(pid: number): number | undefined {
      const group = groups().getpgid(pid);
      return group < 0 ? undefined : group;
    },
    /** Whether this child is stopped. */
    isStopped(pid: number): boolean {
      // `siginfo_t` begins with the signal number, which is 0 if the child is not stopped.
      const info = new Int32Array(new ArrayBuffer(128));
      return jobs().waitid(P_PID, pid, info, STOPPED) === 0 && info[0] !== 0;
    },
    /** Resumes a process group, in the foreground of the terminal if our own group is. */
    resume(group: number): void {
      const { getpgrp, kill, tcgetpgrp, tcsetpgrp } = jobs();
      const terminal = [0, 1, 2].find((fd) => tcgetpgrp(fd) === getpgrp());
      if (terminal !== undefined) tcsetpgrp(terminal, group);
      kill(-group, SIGNAL_NUMBERS.SIGCONT);
    },
    /** Sends this process a signal with its default action, but without a core file, which would contain credentials. */
    dieBySignal(signal: number): void {
      // Core dumps to a pipe ignore the limit, but not "not dumpable": core(5).
      const { kill, prctl, setrlimit } = Deno.dlopen(library, DYING_CALLS).symbols;
      setrlimit(RLIMIT_CORE, new BigUint64Array(new ArrayBuffer(16)));
      prctl?.(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n);
      symbols.signal(signal, SIG_DFL);
      kill(Deno.pid, signal);
    },
    /** Replaces this process with the program; returns `errno` if that failed. */
    execvp: (words: readonly Uint8Array[]): number => execvp(Deno.dlopen(library, EXEC_CALLS).symbols, words),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

function execvp(symbols: Symbols<typeof EXEC_CALLS>, words: readonly Uint8Array[]): number {
  // NUL-terminated words after the pointers to them. A buffer of its own, since small typed arrays may live on V8's
  // heap, which moves them.
  const pointers = 8 * (words.length + 1);
  const buffer = new ArrayBuffer(words.reduce((size, word) => size + word.length + 1, pointers));
  const bytes = new Uint8Array(buffer);
  const base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
  let offset = pointers;
  words.forEach((word, index) => {
    new DataView(buffer).setBigUint64(8 * index, base + BigInt(offset), true);
    bytes.set(word, offset);
    offset += word.length + 1;
  });
  symbols.execvp(Deno.UnsafePointer.create(base + BigInt(pointers)), Deno.UnsafePointer.create(base));
  const errno = symbols.errno();
  return errno === null ? 0 : new Deno.UnsafePointerView(errno).getInt32();
}
