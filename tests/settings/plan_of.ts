/** Reads options and settings for tests, from a command line, an environment and files. */
import { OPTION_LIST, type TypedOptions, type Values } from "../../lib/cli/options.ts";
import { readSettings, type Settings, type SettingsSystem } from "../../lib/settings/settings.ts";
import { readValues } from "../../lib/settings/values.ts";
import type { Env } from "../../lib/sourced.ts";

/** The surroundings of a run. */
export interface Found {
  readonly env?: Env;
  /** The shared files, which messages name CONFIG and CREDENTIALS. */
  readonly config?: string;
  readonly credentials?: string;
  /** Other files. */
  readonly files?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly os?: SettingsSystem["os"];
}

/** 2026-01-01T00:00:00.999Z */
const NOW = 1_767_225_600_999;

/** The settings, read as the program reads them. */
export function planOf(options: TypedOptions, found: Found = {}): Settings {
  const files: Readonly<Record<string, string | undefined>> = {
    CONFIG: found.config,
    CREDENTIALS: found.credentials,
    ...found.files,
  };
  const system: SettingsSystem = {
    os: found.os ?? "linux",
    now: () => NOW,
    homeFolder: () => undefined,
    mayRead: () => true,
    readTextFileSync: (path) => files[path],
  };
  const env = { AWS_CONFIG_FILE: "CONFIG", AWS_SHARED_CREDENTIALS_FILE: "CREDENTIALS", ...found.env };
  return readSettings(system, { options, env }, found.command ?? []);
}

/** The values of the options, without profile and files. */
export function readOptions(options: TypedOptions, env: Env = {}, os: SettingsSystem["os"] = "linux"): Values {
  return readValues({ options, env }, { os, readTextFileSync: () => undefined });
}

/** `--role-arn` for `roleArn`. */
export function longName(key: string): string {
  return `--${OPTION_LIST.find((option) => option.key === key)?.name}`;
}
