/**
 * Runs code that depends on the environment in a separate process. Test files that run in parallel share one process, and
 * thus its environment.
 */
import { assert } from "@std/assert";
import { baseEnv, denoFlags } from "../arar.ts";

/** Runs the code with exactly these variables and the basic ones; returns its stdout. */
export async function inOwnProcess(code: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", ...denoFlags(), "--ext=ts", code],
    env: { ...baseEnv(), ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}
