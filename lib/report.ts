/** What arar writes to stderr while it works: warnings always, everything else with `--verbose`, one field per line. */

import { escapeControls } from "./errors.ts";
import type { System } from "./system.ts";

/** Where a run reports what it does. */
export interface Report {
  /** A decision or a finding, shown with `--verbose`. */
  found(field: string, value: string): void;
  /** Something the user must always see. */
  warn(message: string): void;
}

/** A report to stderr. */
export function createReport(
  system: Pick<System, "writeStderr">,
  verbose: boolean,
  hide: (text: string) => string,
): Report {
  const line = (text: string) => system.writeStderr(`arar: ${escapeControls(hide(text))}\n`);
  const warned = new Set<string>();
  return {
    found: (field, value) => verbose && line(`${field}: ${value}`),
    warn: (message) => {
      // Credentials may be requested more than once: for the cache, and at every renewal.
      if (!warned.has(message)) line(`warning: ${message}`);
      warned.add(message);
    },
  };
}

/** What happens to the names, on one line, or on several where it would wrap on most terminals. */
export function listNames(verb: string, names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const name of names) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + name.length < 88) lines.splice(-1, 1, `${line}, ${name}`);
    else lines.push(`${verb} ${name}`);
  }
  return lines;
}
