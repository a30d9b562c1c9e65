/**
 * What arar says on stderr while it works: warnings always, everything else under `--verbose`, one field a line.
 *
 * @module
 */

import { escapeControls } from "./errors.ts";
import type { Sourced } from "./sourced.ts";
import type { System } from "./system.ts";

/** One thing that was decided, and why. */
export interface Decision extends Sourced<string> {
  /** What it is about, in a word or two. */
  readonly field: string;
}

/** How a run speaks. */
export interface Report {
  /** Something that is decided or has been found out, for `--verbose`. */
  found(field: string, value: string): void;
  /** Something the user should know in any case. */
  warn(message: string): void;
}

/** A report on stderr. */
export function createReport(system: Pick<System, "writeStderr">, verbose: boolean): Report {
  const line = (text: string) => system.writeStderr(`arar: ${escapeControls(text)}\n`);
  const warned = new Set<string>();
  return {
    found: (field, value) => verbose && line(`${field}: ${value}`),
    warn: (message) => {
      // Credentials may be asked for more than once: for the cache, and at every renewal.
      if (!warned.has(message)) line(`warning: ${message}`);
      warned.add(message);
    },
  };
}
