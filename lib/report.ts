/**
 * What arar says on stderr while it works: warnings always, everything else under `--verbose`, each line one field.
 * It must not decide anything.
 *
 * @module
 */

import type { Report } from "./aws/assume.ts";
import { escapeControls } from "./errors.ts";
import type { Decision } from "./settings/decision.ts";
import type { System } from "./system.ts";

/** Everything that `--verbose` can tell: a fixed set, so that it can be read by programs and holds no surprise. */
export type Field =
  | Decision["field"]
  | Parameters<Report["found"]>[0]
  | "environment"
  | "command"
  | "cache"
  | "refresh";

/** How the program speaks. */
export interface ProgramReport extends Report {
  found(field: Field, value: string): void;
}

/** A report on stderr. */
export function createReport(system: Pick<System, "writeStderr">, verbose: boolean): ProgramReport {
  const line = (text: string) => system.writeStderr(`arar: ${escapeControls(text)}\n`);
  const warned = new Set<string>();
  return {
    found: (field, value) => verbose && line(`${field}: ${value}`),
    warn: (message) => {
      // The way to credentials may be gone more than once: for the cache, and at every renewal.
      if (!warned.has(message)) line(`warning: ${message}`);
      warned.add(message);
    },
  };
}
