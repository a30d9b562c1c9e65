/** The version of arar, from deno.json. */

import config from "../deno.json" with { type: "json" };
import type { System } from "./system.ts";

/** For example `1.0.0`. */
export const VERSION: string = config.version;

/** The line of `--version`: `arar 1.0.0 (deno 2.9.5, x86_64-unknown-linux-gnu)`. */
export function versionLine({ runtime }: Pick<System, "runtime">): string {
  return `arar ${VERSION} (${runtime})\n`;
}
