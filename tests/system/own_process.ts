/**
 * Runs code in a process of its own, for what depends on the environment: test files that run side by side share one process,
 * and so its variables.
 */
import { assert } from "@std/assert";
import { baseEnv } from "../arar.ts";

/** What the code prints, in this environment and no other. */
export async function inOwnProcess(code: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-config", "--no-lock", "--ext=ts", code],
    env: { ...baseEnv(), ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}
