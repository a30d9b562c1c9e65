/** Reads the shared config and credentials files and merges them into profiles. */

import { ArarError, reasonOf } from "../errors.ts";
import { type Env, Origin, type Sourced } from "../sourced.ts";
import type { System } from "../system.ts";
import { type IniSections, type IniSettings, parseIni } from "./ini.ts";
import { type SharedFilePaths, sharedFilePaths, shownPath } from "./file_paths.ts";

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

/** The content of both files. */
export interface SharedFiles {
  readonly profiles: ReadonlyMap<string, Profile>;
  /** `[services NAME]` sections of the config file. */
  readonly services: ReadonlyMap<string, Section>;
  /** `[sso-session NAME]` sections of the config file. */
  readonly ssoSessions: ReadonlyMap<string, Section>;
  readonly config: FileOutline;
  readonly credentials: FileOutline;
}

/** A file, for messages. */
export interface FileOutline {
  /** Its path, with the reason if it could not be read. */
  readonly place: string;
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
    services: new Map([...kinds.services].map(([name, { values }]) => [name, values])),
    ssoSessions: new Map([...kinds["sso-session"]].map(([name, { values }]) => [name, values])),
    config: outline(config),
    credentials: outline(credentials),
  };
}

interface FileSection {
  readonly heading: string;
  /** `[HEADING] of FILE` */
  readonly from: string;
  readonly values: Section;
}

interface ReadFile {
  readonly place: string;
  readonly sections: readonly FileSection[];
}

function outline({ place, sections }: ReadFile): FileOutline {
  return { place, headings: sections.map(({ heading }) => heading.trim()) };
}

function readFile(system: FilesSystem, paths: SharedFilePaths, path: string): ReadFile {
  const shown = shownPath(paths, path);
  const { text, problem } = readText(system, paths, path);
  return {
    sections: text === undefined ? [] : sectionsOf(parseIni(text, shown), shown),
    place: problem ? `${shown} (${problem})` : shown,
  };
}

function readText(
  system: FilesSystem,
  paths: SharedFilePaths,
  path: string,
): { readonly text?: string | undefined; readonly problem?: string } {
  if (path.startsWith("~")) return { problem: "the home directory is unknown" };
  // Deno would prompt for the permission, though most runs do not need these files.
  if (!system.mayRead(path)) return { problem: "Deno has no permission to read it" };
  try {
    return { text: system.readTextFileSync(path) };
  } catch (error) {
    // Without end in sight, which is no reason to run as somebody else.
    if (error instanceof Error && error.name === "EndlessFile") {
      throw new ArarError(`cannot read ${shownPath(paths, path)}: ${reasonOf(error)}`);
    }
    return { problem: `cannot be read: ${reasonOf(error)}` };
  }
}

function sectionsOf(sections: IniSections, file: string): readonly FileSection[] {
  // Python's configparser, and with it the AWS CLI, applies the settings of [DEFAULT] to all other sections.
  const shared = [...sections.get("DEFAULT") ?? []];
  return [...sections].filter(([heading]) => heading !== "DEFAULT").map(([heading, settings]) => {
    const from = `[${heading.trim()}] of ${file}`;
    const inherited = new Map(shared.filter(([key]) => !settings.has(key)));
    return {
      heading,
      from,
      values: new Map([...flatten(inherited, `[DEFAULT] of ${file}`), ...flatten(settings, from)]),
    };
  });
}

function flatten(settings: IniSettings, from: string): Section {
  const values = [...settings].flatMap(([key, { name, value, nested }]): [string, Sourced<string>][] => [
    [key, { value, from: new Origin("profile", name, from) }],
    ...[...nested].map(([inner, one]): [string, Sourced<string>] => [
      `${key}.${inner}`,
      { value: one.value, from: new Origin("profile", `${name}.${one.name}`, from) },
    ]),
  ]);
  return new Map(values);
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

const NOTHING: Section = new Map();

function merge(name: string, config: FileSection | undefined, credentials: FileSection | undefined): Profile {
  return {
    name,
    from: (config ?? credentials)?.from ?? "",
    config: config?.values ?? NOTHING,
    credentials: credentials?.values ?? NOTHING,
    values: new Map([...config?.values ?? NOTHING, ...credentials?.values ?? NOTHING]),
  };
}
