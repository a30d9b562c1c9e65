/** Checks whether this machine has what a probe needs. */

/** Whether the program is there. If not, prints what is skipped. */
export async function has(program: string, args: readonly string[] = ["--version"]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" }).output();
    if (success) return true;
  } catch {
    // Reported below.
  }
  say(`no ${program} on PATH`);
  return false;
}

/** Whether this is Linux, whose `/proc` and tools a probe needs. */
export function isLinux(what: string): boolean {
  if (Deno.build.os === "linux") return true;
  say(`${what} is compared only on Linux`);
  return false;
}

function say(reason: string): void {
  // deno-lint-ignore no-console
  console.error(`skipped: ${reason}`);
}
