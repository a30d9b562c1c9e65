/**
 * What is done once the credentials are there.
 * It must not know how it is done.
 *
 * @module
 */

import { readFlag, readValue, type Typed } from "../cli/values.ts";
import { ArarError, quote } from "../errors.ts";

/** How the command is run. */
export type RunBy = "spawn" | "exec" | "refresh";

/** Formats of `--print` that show credentials. */
export const PRINT_FORMATS = [
  "process",
  "env",
  "export",
  "fish",
  "powershell",
  "json",
  "github",
] as const;

/** A format of `--print` that shows credentials. */
export type PrintFormat = typeof PRINT_FORMATS[number];

/** What is done once the credentials are there, or instead of asking for them. */
export type Action =
  /** No command: the role is assumed as a check. */
  | { readonly kind: "check" }
  | {
    readonly kind: "run";
    readonly command: readonly [string, ...string[]];
    readonly by: RunBy;
  }
  | { readonly kind: "print"; readonly format: PrintFormat }
  | {
    readonly kind: "plan";
    readonly format: "text" | "json";
    readonly command: readonly string[];
    readonly by: RunBy;
  };

/** Reads the action; throws an `ArarError` for one that cannot be. */
export function readAction(input: Typed & { readonly command: readonly string[]; readonly os: string }): Action {
  const [program, ...words] = input.command;
  const by = runBy(input);
  const print = readValue(input, "print");
  if (print?.value === "plan") {
    return { kind: "plan", format: "json", command: input.command, by };
  }
  if (readFlag(input, "dry-run")) {
    return { kind: "plan", format: "text", command: input.command, by };
  }
  if (print) {
    const format = PRINT_FORMATS.find((name) => name === print.value);
    if (!format) {
      throw new ArarError(`${print.from} is ${quote(print.value)}; it takes ${PRINT_FORMATS.join(", ")}, plan`);
    }
    if (program !== undefined) {
      throw new ArarError(`${print.from} ${format} prints instead of running a command; drop one`);
    }
    if (format === "github") refuseOutsideGithub(input);
    return { kind: "print", format };
  }
  return program === undefined ? { kind: "check" } : { kind: "run", command: [program, ...words], by };
}

function runBy(input: Typed & { readonly os: string }): RunBy {
  if (readFlag(input, "refresh")) return "refresh";
  const exec = readFlag(input, "exec");
  if (exec && input.os === "windows") {
    throw new ArarError(`${exec.from} is for Linux and macOS; drop it on Windows`);
  }
  return exec ? "exec" : "spawn";
}

/** Elsewhere nothing would hide the secrets, nor read the file. */
function refuseOutsideGithub({ env }: Typed): void {
  if (env.GITHUB_ACTIONS === "true" && env.GITHUB_ENV) return;
  throw new ArarError("--print github is for a step of GitHub Actions: GITHUB_ACTIONS or GITHUB_ENV is not set");
}
