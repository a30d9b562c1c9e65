/** What a run does with the session: run a command, print credentials, show the plan or only check. */

import { ArarError } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import type { Values } from "../cli/options.ts";

/** How the command is run. */
export type RunBy = "spawn" | "exec" | "refresh";

/** A `--print` format that contains credentials. */
export type PrintFormat = Exclude<NonNullable<Values["print"]>["value"], "plan">;

/** What is done with the session, or instead of getting one. */
export type Action =
  /** No command: the role is only assumed. */
  | { readonly kind: "check" }
  | { readonly kind: "run"; readonly command: readonly [string, ...string[]]; readonly by: RunBy }
  | { readonly kind: "print"; readonly format: PrintFormat }
  | {
    readonly kind: "plan";
    readonly format: "text" | "json";
    readonly command: readonly string[];
    readonly by: RunBy;
  };

/** Reads the action; throws an `ArarError` if it is impossible. */
export function readAction(
  values: Values,
  env: Env,
  { command, os }: { readonly command: readonly string[]; readonly os: System["os"] },
): Action {
  const [program, ...words] = command;
  const by = runBy(values, os);
  const format = values.print?.value;
  if (format === "plan" || values.dryRun) {
    return { kind: "plan", format: format === "plan" ? "json" : "text", command, by };
  }
  if (format) {
    if (program !== undefined) {
      throw new ArarError(`--print ${format} cannot be combined with a command; drop one`);
    }
    if (format === "github") refuseOutsideGithub(env);
    return { kind: "print", format };
  }
  return program === undefined ? { kind: "check" } : { kind: "run", command: [program, ...words], by };
}

function runBy({ refresh, exec }: Values, os: System["os"]): RunBy {
  // The command line overrides the environment; two from the same place have already been refused.
  if (refresh && !(exec?.from.layer === "command-line" && refresh.from.layer === "exported")) return "refresh";
  if (exec && os === "windows") throw new ArarError(`${exec.from} is not available on Windows; drop it`);
  return exec ? "exec" : "spawn";
}

/** Outside of GitHub Actions nothing would mask the secrets or read the file. */
function refuseOutsideGithub(env: Env): void {
  if (env.GITHUB_ACTIONS === "true" && env.GITHUB_ENV) return;
  throw new ArarError("--print github is for GitHub Actions, but GITHUB_ACTIONS or GITHUB_ENV is not set");
}
