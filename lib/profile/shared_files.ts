/** Finds and reads the shared config and credentials files, and merges them into profiles. */

import { ArarError, quote, reasonOf } from "../errors.ts";
import { type Env, Origin, type Sourced } from "../sourced.ts";
import type { System } from "../system.ts";
import { type IniSections, type IniSetting, parseIni } from "./ini.ts";

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

/**
 * Settings by lower-case name, a nested one as `outer.inner`. The origin of each has the name as written:
 * `mfa_serial in [profile x] of ~/.aws/config`.
 */
export type Section = ReadonlyMap<string, Sourced<string>>;

/** A profile, merged from the two files. */
export interface Profile {
  readonly name: string;
  /** `[profile NAME] of FILE`, for messages. */
  readonly from: string;
  readonly config: Section;
  readonly credentials: Section;
  /** Both together; the credentials file wins, as in botocore. */
  readonly values: Section;
}

/** Sections by name. */
export type Sections = Pick<ReadonlyMap<string, Section>, "get" | "keys">;

/** The content of both files. */
export interface SharedFiles {
  readonly profiles: ReadonlyMap<string, Profile>;
  /** `[services NAME]` sections of the config file. */
  readonly services: Sections;
  /** `[sso-session NAME]` sections of the config file. */
  readonly ssoSessions: Sections;
  readonly config: FileOutline;
  readonly credentials: FileOutline;
}

/** A file, for messages. */
export interface FileOutline {
  /** Its path, with the reason if it could not be read. */
  readonly shown: string;
  /** Its headings, without the brackets. */
  readonly headings: readonly string[];
}

/** The part of the system that reading the files needs. */
export type FilesSystem = Pick<System, "homeFolder" | "mayRead" | "readTextFileSync">;

/**
 * Reads both files. A missing or unreadable file has no sections, as in every AWS tool; throws an `ArarError` for a
 * malformed one.
 */
export function readSharedFiles(system: FilesSystem, env: Env): SharedFiles {
  const paths = sharedFilePaths(env, system);
  const config = readFile(system, paths, paths.config);
  const credentials = readFile(system, paths, paths.credentials);
  const stored = new Map(credentials.sections.map((one) => [one.heading.trim(), one]));
  const kinds = byKind(config.sections);
  const names = [...kinds.profile.keys(), ...stored.keys()];
  return {
    profiles: new Map(names.map((name) => [name, merge(name, kinds.profile.get(name), stored.get(name))])),
    services: sectionsIn(kinds.services),
    ssoSessions: sectionsIn(kinds["sso-session"]),
    config: outline(config),
    credentials: outline(credentials),
  };
}

interface FileSection {
  readonly heading: string;
  /** `[HEADING] of FILE` */
  readonly from: string;
  /** Made when it is used: each section has all of `[DEFAULT]`, which takes too long for all sections of a large file. */
  readonly values: () => Section;
}

interface ReadFile {
  readonly shown: string;
  readonly sections: readonly FileSection[];
}

function outline({ shown, sections }: ReadFile): FileOutline {
  return { shown, headings: sections.map(({ heading }) => heading.trim()) };
}

function readFile(system: FilesSystem, paths: SharedFilePaths, path: string): ReadFile {
  const shown = shownPath(paths, path);
  const without = (problem: string) => ({ shown: `${shown} (${problem})`, sections: [] });
  if (path.startsWith("~")) return without("the home directory is unknown");
  // Deno would prompt for the permission, though most runs do not need these files.
  if (!system.mayRead(path)) return without("Deno has no permission to read it");
  let text: string | undefined;
  try {
    text = system.readTextFileSync(path);
  } catch (error) {
    // The command may well be able to read it, and would run as somebody else.
    if (error instanceof Error && error.name === "EndlessFile") {
      throw new ArarError(`cannot read ${shown}: ${reasonOf(error)}`);
    }
    return without(`cannot be read: ${reasonOf(error)}`);
  }
  return { shown, sections: text === undefined ? [] : sectionsOf(parseIni(text, shown), shown) };
}

function sectionsOf(sections: IniSections, file: string): readonly FileSection[] {
  // Python's configparser, and with it the AWS CLI, applies the settings of [DEFAULT] to all other sections.
  const shared = [...sections.get("DEFAULT") ?? []];
  return [...sections].filter(([heading]) => heading !== "DEFAULT").map(([heading, settings]) => {
    const from = `[${heading.trim()}] of ${file}`;
    const values = once(() => {
      const inherited = shared.filter(([key]) => !settings.has(key));
      return new Map([...flatten(inherited, `[DEFAULT] of ${file}`), ...flatten(settings, from)]);
    });
    return { heading, from, values };
  });
}

function flatten(settings: Iterable<readonly [string, IniSetting]>, from: string): Iterable<[string, Sourced<string>]> {
  return [...settings].flatMap(([key, { name, value, nested }]): [string, Sourced<string>][] => [
    [key, { value, from: new Origin("profile", name, from) }],
    ...[...nested].map(([inner, one]): [string, Sourced<string>] => [
      `${key}.${inner}`,
      { value: one.value, from: new Origin("profile", `${name}.${one.name}`, from) },
    ]),
  ]);
}

/** The function's value, made at the first call. */
function once<Value extends object>(make: () => Value): () => Value {
  let value: Value | undefined;
  return () => value ??= make();
}

const KINDS = ["profile", "services", "sso-session"] as const;

type ByKind = Readonly<Record<typeof KINDS[number], ReadonlyMap<string, FileSection>>>;

/**
 * The sections of a config file. `[profile default]` wins over `[default]`, as in all SDKs but botocore (last one
 * wins).
 */
function byKind(sections: readonly FileSection[]): ByKind {
  const found = { "profile": new Map(), "services": new Map(), "sso-session": new Map() };
  for (const section of sections) {
    const [kind, name, ...more] = splitWords(section.heading) ?? [];
    const known = KINDS.find((one) => one === kind);
    if (known && name !== undefined && more.length === 0) found[known].set(name, section);
  }
  const unprefixed = sections.findLast(({ heading }) => heading.trim() === "default");
  if (unprefixed && !found.profile.has("default")) found.profile.set("default", unprefixed);
  return found;
}

const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g;

/** The words of a heading, with shell quoting; `undefined` if a quote is not closed. */
function splitWords(heading: string): readonly string[] | undefined {
  if (heading.replace(WORD, "").trim() !== "") return undefined;
  return (heading.match(WORD) ?? []).map((word) =>
    word.replace(
      /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, escaped?: string, double?: string, single?: string) =>
        escaped ?? double?.replace(/\\(["\\])/g, "$1") ?? single ?? "",
    )
  );
}

function sectionsIn(found: ReadonlyMap<string, FileSection>): Sections {
  return { get: (name) => found.get(name)?.values(), keys: () => found.keys() };
}

const NOTHING: Section = new Map();

function merge(name: string, config: FileSection | undefined, credentials: FileSection | undefined): Profile {
  const profile = {
    name,
    from: (config ?? credentials)?.from ?? "",
    get config() {
      return config?.values() ?? NOTHING;
    },
    get credentials() {
      return credentials?.values() ?? NOTHING;
    },
    get values() {
      return values();
    },
  };
  const values = once(() => new Map([...profile.config, ...profile.credentials]));
  return profile;
}
