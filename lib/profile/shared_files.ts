/**
 * The shared config and credentials files: where they are, what their sections say, and how the two make one profile.
 * It must not know what a setting means, nor which profile is wanted.
 *
 * @module
 */

import type { Env, Sourced } from "../sourced.ts";

/** The settings of one section by name, each with where it stands; a nested one is named `outer.inner`. */
export type Section = ReadonlyMap<string, Sourced<string>>;

/** One file: a file that is missing or unreadable has no sections, as for every AWS tool. */
export interface SharedFile {
  readonly path: string;
  readonly sections: ReadonlyMap<string, Section>;
}

/** Both files. */
export interface Profiles {
  readonly config: SharedFile;
  readonly credentials: SharedFile;
}

/** A profile: what the two files say under its name. */
export interface Profile {
  readonly name: string;
  /** `[profile NAME] of FILE`, for messages. */
  readonly from: string;
  readonly config: Section;
  readonly credentials: Section;
  /** Both together; the credentials file wins, as in botocore. */
  readonly values: Section;
}

/** Where the two files are: https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function sharedFilePaths(env: Env): { readonly config: string; readonly credentials: string } {
  return {
    config: atHome(env, env.AWS_CONFIG_FILE || "~/.aws/config"),
    credentials: atHome(env, env.AWS_SHARED_CREDENTIALS_FILE || "~/.aws/credentials"),
  };
}

/** Where the environment names no home, `~/` stays: the loader then asks the system for it. */
function atHome(env: Env, path: string): string {
  const onDrive = env.HOMEPATH ? `${env.HOMEDRIVE ?? "C:"}${env.HOMEPATH}` : "";
  const home = env.HOME || env.USERPROFILE || onDrive;
  return home && /^~[/\\]/.test(path) ? `${home.replace(/[/\\]+$/, "")}/${path.slice(2)}` : path;
}

/** Reads both files with the SDK's own loader. */
export async function loadProfiles(env: Env): Promise<Profiles> {
  // Loaded only here: a run with exported keys and a role needs no profile.
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  const paths = sharedFilePaths(env);
  const files = await loadSharedConfigFiles({
    configFilepath: paths.config,
    filepath: paths.credentials,
    // Else a second read in one process would see what the first one saw.
    ignoreCache: true,
  });
  return {
    config: readSections(paths.config, files.configFile, configHeading),
    credentials: readSections(
      paths.credentials,
      files.credentialsFile,
      (name) => `[${name}]`,
    ),
  };
}

type Parsed = Readonly<
  Record<string, Readonly<Record<string, string | undefined>>>
>;

/** Maps, because a record would find a profile `constructor` in every file. Names in lower case, as botocore reads them. */
function readSections(
  path: string,
  file: Parsed,
  heading: (name: string) => string,
): SharedFile {
  const sections = Object.entries(file).map(
    ([name, settings]): [string, Section] => {
      const from = `${heading(name)} of ${path}`;
      const values = Object.entries(settings).flatMap(([key, value]): [string, Sourced<string>][] =>
        value === undefined ? [] : [[key.toLowerCase(), { value, from: `${key} in ${from}` }]]
      );
      return [name, new Map(values)];
    },
  );
  return { path, sections: new Map(sections) };
}

/** How a section of the config file is headed: the loader takes `profile ` off, and joins other types with a dot. */
function configHeading(name: string): string {
  if (name === "default") return "[default]";
  const [, type, rest] = OTHER_SECTION.exec(name) ?? [];
  return type ? `[${type} ${rest}]` : `[profile ${name}]`;
}

const OTHER_SECTION = /^(services|sso-session)\.(.+)$/;

/** The profile of that name, if either file has it. */
export function findProfile(profiles: Profiles, name: string): Profile | undefined {
  const config = profiles.config.sections.get(name);
  const credentials = profiles.credentials.sections.get(name);
  if (!config && !credentials) return undefined;
  return {
    name,
    from: config ? `${configHeading(name)} of ${profiles.config.path}` : `[${name}] of ${profiles.credentials.path}`,
    config: config ?? new Map(),
    credentials: credentials ?? new Map(),
    values: new Map([...config ?? [], ...credentials ?? []]),
  };
}

/** Names of all profiles. */
export function profileNames(profiles: Profiles): readonly string[] {
  const config = [...profiles.config.sections.keys()].filter((name) => !OTHER_SECTION.test(name));
  return [...new Set([...config, ...profiles.credentials.sections.keys()])];
}

/** The settings of a `[services NAME]` section of the config file. */
export function findServices(profiles: Profiles, name: string): Section | undefined {
  return profiles.config.sections.get(`services.${name}`);
}
