/**
 * Runs Deno for a task, with the flags that this machine needs if the JSR registry cannot be reached.
 *
 * Usage: deno run -A .ci/task.ts SUBCOMMAND [words for deno]; or sh SCRIPT, to which it only passes the flags on.
 */
// deno-lint-ignore-file no-console
import { isRegistry, NPM_ONLY_FLAGS } from "./npm_only/flags.ts";

async function flagsOfThisMachine(): Promise<readonly string[]> {
  // Deno itself reads the same name: https://docs.deno.com/runtime/reference/env_variables/
  const registry = Deno.env.get("JSR_URL") || "https://jsr.io";
  if (await isRegistry(registry)) return [];
  console.error(`no JSR registry at ${registry}: using the npm stand-ins of .ci/npm_only`);
  return NPM_ONLY_FLAGS;
}

const [subcommand = "", ...words] = Deno.args;
const flags = await flagsOfThisMachine();
const [program, args] = subcommand === "sh" ? ["sh", words] : [Deno.execPath(), [subcommand, ...flags, ...words]];
// What the task starts needs them too: tests/arar.ts starts arar with them.
const env = { ARAR_DENO_FLAGS: flags.join(" ") };
Deno.exit((await new Deno.Command(program, { args, env }).spawn().status).code);
