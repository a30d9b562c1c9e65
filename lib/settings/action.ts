/**
 * What is done once the credentials are there.
 *
 * @module
 */

import { ArarError } from "../errors.ts";
import type { ValueOf } from "../cli/options.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import type { Values } from "./values.ts";

/** How the command is run. */
export type RunBy = "spawn" | "exec" | "refresh";

/** A format of `--print` that shows credentials. */
export type PrintFormat = Exclude<ValueOf<"print">, "plan">;

/** What is done once the credentials are there, or instead of asking for them. */
export type Action =
  /** No command: the role is assumed as a check. */
  | { readonly kind: "check" }
  | { readonly kind: "run"; readonly command: readonly [string, ...string[]]; readonly by: RunBy }
  | { readonly kind: "print"; readonly format: PrintFormat }
  | {
    readonly kind: "plan";
    readonly format: "text" | "json";
    readonly command: readonly string[];
    readonly by: RunBy;
  };

/** Reads the action; throws an `ArarError` for one that is impossible. */
export function readAction(
  values: Values,
  env: Env,
  { command, os }: { readonly command: readonly string[]; readonly os: System["os"] },
): Action {
  const [program, ...words] = command;
  const by = runBy(values, os);
  const format = values.print?.value;
  if (format === "plan" || values["dry-run"]) {
    return { kind: "plan", format: format === "plan" ? "json" : "text", command, by };
  }
  if (format) {
    if (program !== undefined) {
      throw new ArarError(`--print ${format} prints instead of running a command; drop one`);
    }
    if (format === "github") refuseOutsideGithub(env);
    return { kind: "print", format };
  }
  return program === undefined ? { kind: "check" } : { kind: "run", command: [program, ...words], by };
}

function runBy({ refresh, exec }: Values, os: System["os"]): RunBy {
  // A typed one counts before an exported one; two of the same kind have been refused.
  if (refresh && !(exec?.layer === "typed" && refresh.layer === "exported")) return "refresh";
  if (exec && os === "windows") throw new ArarError(`${exec.from} is for Linux and macOS; drop it on Windows`);
  return exec ? "exec" : "spawn";
}

/** Elsewhere nothing would hide the secrets, nor read the file. */
function refuseOutsideGithub(env: Env): void {
  if (env.GITHUB_ACTIONS === "true" && env.GITHUB_ENV) return;
  throw new ArarError("--print github is for a step of GitHub Actions: GITHUB_ACTIONS or GITHUB_ENV is not set");
}
