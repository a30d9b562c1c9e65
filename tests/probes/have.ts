/** Checks whether this machine has what a probe needs. If not, prints what is skipped. */
import { hasProgram, skipUnless } from "../process/job.ts";

/** Whether the program is there. */
export function has(program: string, args: readonly string[] = ["--version"]): boolean {
  return !skipUnless(hasProgram(program, ...args), `no ${program} on PATH`);
}

/** Whether this is Linux, whose `/proc` and tools a probe needs. */
export function isLinux(what: string): boolean {
  return !skipUnless(Deno.build.os === "linux", `${what} is compared only on Linux`);
}
