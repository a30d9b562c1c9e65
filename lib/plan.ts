/**
 * From words and environment to the settings of a run; the profile that counts is read on the way.
 * It must not know what the settings are for.
 *
 * @module
 */

import type { Typed } from "./cli/values.ts";
import type { Env } from "./sourced.ts";
import { resolveSettings, type Settings } from "./settings.ts";
import { wantedProfile } from "./settings/signer.ts";
import type { System } from "./system.ts";

/** The environment, read once. Windows compares names without case, so there they all count as written in capitals. */
export function readEnv({ env, os }: Pick<System, "env" | "os">): Env {
  if (os !== "windows") return env();
  return Object.fromEntries(Object.entries(env()).map(([name, value]) => [name.toUpperCase(), value]));
}

/** Makes the settings; throws an `ArarError` for whatever cannot work, before any call is made. */
export async function readSettings(
  system: Pick<System, "homeFolder" | "mayRead" | "now" | "os" | "readTextFileSync">,
  typed: Typed,
  command: readonly string[],
): Promise<Settings> {
  const { os, now, readTextFileSync } = system;
  const profile = await followWantedProfile(system, typed);
  return resolveSettings({
    ...typed,
    command,
    os,
    now: now(),
    readTextFile: readTextFileSync,
    ...(profile && { profile }),
  });
}

async function followWantedProfile(system: Pick<System, "homeFolder" | "mayRead" | "readTextFileSync">, typed: Typed) {
  const wanted = wantedProfile(typed);
  if (!wanted) return undefined;
  // Exported keys and a role, the main job, need neither the files nor the code that reads them.
  const { findProfile, followProfile, readSharedFiles } = await import("./profile/follow_profile.ts");
  const files = readSharedFiles(system, typed.env);
  const optional = !wanted.required && !findProfile(files, wanted.name);
  return optional ? undefined : followProfile(files, wanted.name, typed.env);
}
