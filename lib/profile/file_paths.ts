/** The paths of the shared config and credentials files and of Boto 2's files. */

import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import { ArarError, quote } from "../errors.ts";

/** The paths of the two files. */
export interface SharedFilePaths {
  readonly config: string;
  readonly credentials: string;
  /** The user's home directory, if known. */
  readonly home: string | undefined;
}

/**
 * The paths, with `~` and variables expanded as in botocore:
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
 */
export function sharedFilePaths(env: Env, system: Pick<System, "homeFolder">): SharedFilePaths {
  const home = homeOf(env) ?? system.homeFolder();
  const path = (name: string, usual: string) => expand(name, env[name] || usual, env, home);
  return {
    config: path("AWS_CONFIG_FILE", "~/.aws/config"),
    credentials: path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    home,
  };
}

/**
 * The files in which boto3 looks for Boto 2 keys: https://github.com/boto/botocore/blob/develop/botocore/credentials.py
 */
export function botoFilePaths(env: Env, system: Pick<System, "homeFolder">): readonly string[] {
  const paths = env.BOTO_CONFIG ? [env.BOTO_CONFIG] : ["/etc/boto.cfg", "~/.boto"];
  return paths.map((path) => expand("BOTO_CONFIG", path, env, homeOf(env) ?? system.homeFolder()));
}

/** The path as people write it, with `~` for the home directory. */
export function shownPath({ home }: Pick<SharedFilePaths, "home">, path: string): string {
  const rest = home && path.startsWith(home) ? path.slice(home.length) : "";
  return /^[/\\]/.test(rest) ? `~${rest}` : path;
}

function homeOf(env: Env): string | undefined {
  const onDrive = env.HOMEPATH ? `${env.HOMEDRIVE ?? "C:"}${env.HOMEPATH}` : "";
  const home = env.HOME || env.USERPROFILE || onDrive;
  return home ? home.replace(/[/\\]+$/, "") : undefined;
}

function expand(name: string, given: string, env: Env, home: string | undefined): string {
  const value = (whole: string, bare?: string, braced?: string) => env[bare ?? braced ?? ""] ?? whole;
  const onWindows = env.OS === "Windows_NT";
  const path = (onWindows ? given.replace(/%([^%]+)%/g, value) : given).replace(/\$(?:(\w+)|\{([^}]*)\})/g, value);
  if (!path.startsWith("~")) return path;
  if (/^~(?:[/\\]|$)/.test(path)) return `${home ?? "~"}${path.slice(1)}`;
  throw new ArarError(`${name} is ${quote(given)}; use the full path of that user's home directory instead of ~`);
}
