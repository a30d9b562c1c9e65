/**
 * The profile that a command uses with `--refresh`. SDKs prefer the credentials of the default profile to the endpoint,
 * and boto3 also those of Boto 2. So the command gets a separate profile without credentials, selected by name, whatever
 * the user's files contain.
 */

import { ArarError, reasonOf } from "../errors.ts";
import type { System } from "../system.ts";

/** The paths of the user's files. */
export interface UserFiles {
  readonly config: string;
  readonly credentials: string;
  readonly home: string | undefined;
  /** The files that boto3 reads for Boto 2 keys. */
  readonly boto: readonly string[];
}

/** What the command gets besides the endpoint. */
export interface RefreshProfile {
  readonly env: Readonly<Record<string, string>>;
  /** The content of `AWS_CONFIG_FILE`, without secrets; absent if the command needs no separate profile. */
  readonly config?: string;
  /** The headings of profiles left out of it because they hold secrets. */
  readonly left: readonly string[];
}

/** Settings that give a profile credentials: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
const CREDENTIAL_SETTING = setting([
  "aws_(?:access_key_id|secret_access_key|session_token|security_token|account_id|credential_scope)",
  "credential_(?:process|source)",
  "duration_seconds",
  "external_id",
  "login_session",
  "mfa_serial",
  "role_(?:arn|session_name)",
  "source_profile",
  "sso_\\w+",
  "web_identity_token_file",
]);

const SECRET = setting(["aws_secret_access_key", "aws_session_token", "aws_security_token"]);
const BOTO_KEY = setting(["aws_access_key_id"]);

function setting(names: readonly string[]): RegExp {
  return new RegExp(`^\\s*(?:${names.join("|")})\\s*(?:[=:]|$)`, "i");
}

/** Reads the user's files and decides what the command gets. `keepsProfile` if it keeps the user's `AWS_PROFILE`. */
export async function readRefreshProfile(
  system: Pick<System, "os" | "readTextFile">,
  files: UserFiles,
  keepsProfile: boolean,
): Promise<RefreshProfile> {
  // If arar cannot read a file, the command cannot either.
  const read = async (path: string) => linesOf(await system.readTextFile(path).catch(() => undefined) ?? "");
  const [config, ...others] = await Promise.all([
    read(files.config),
    read(files.credentials),
    // The JavaScript SDK v2 reads it even if AWS_SHARED_CREDENTIALS_FILE names another file.
    read(`${files.home ?? "~"}/.aws/credentials`),
  ]);
  const boto = await Promise.all(files.boto.map(read));
  // gsutil is configured there too, so the files stay if they have no keys.
  const noBoto = boto.some((lines) => lines.some((line) => BOTO_KEY.test(line)))
    ? { BOTO_CONFIG: system.os === "windows" ? "nul" : "/dev/null" }
    : {};
  if (keepsProfile || ![config, ...others].some(mayHaveDefaultCredentials)) return { env: noBoto, left: [] };
  const name = unusedName([config, ...others]);
  return { env: { ...noBoto, AWS_PROFILE: name }, ...withProfile(config, name) };
}

/** A temporary file, removed when disposed. */
export function temporaryFile(system: Pick<System, "remove" | "writeTemporaryFileSync">) {
  let path: string | undefined;
  return {
    write(text: string): string {
      try {
        return path = system.writeTemporaryFileSync(text);
      } catch (cause) {
        throw new ArarError(`--refresh cannot write a temporary file: ${reasonOf(cause)}`, {
          hints: ["set TMPDIR to a writable directory"],
          cause,
        });
      }
    },
    // A failure must not change how the command ended.
    [Symbol.asyncDispose]: async () => void (path !== undefined && await system.remove(path).catch(() => false)),
  };
}

/** SDKs differ in how they read malformed files, so this does not depend on where a section ends. */
function mayHaveDefaultCredentials(lines: readonly string[]): boolean {
  return lines.some((line) => /\[.*default/i.test(line)) && lines.some((line) => CREDENTIAL_SETTING.test(line));
}

function unusedName(files: readonly (readonly string[])[]): string {
  let name = "arar-refresh";
  while (files.some((lines) => lines.some((line) => line.includes(name)))) name += "-";
  return name;
}

/** The config file with an additional profile that has the settings of the default one but not its credentials. */
function withProfile(config: readonly string[], name: string): Pick<RefreshProfile, "config" | "left"> {
  const sections = sectionsOf(config);
  const isSecret = (section: readonly string[]) => section.some((line) => SECRET.test(line));
  const settings = sections.filter(([heading = ""]) => DEFAULT.test(heading))
    .flatMap(([, ...lines]) => withoutCredentials(lines));
  const kept = sections.filter((section) => !isSecret(section))
    .flatMap((section) => INHERITED.test(section[0] ?? "") ? withoutCredentials(section) : section);
  return {
    config: [...kept, `[profile ${name}]`, ...settings, ""].join("\n"),
    left: sections.filter(isSecret).map(([heading = ""]) => heading.trim()).filter((heading) => !DEFAULT.test(heading)),
  };
}

/**
 * botocore applies these settings to every section:
 * https://docs.python.org/3/library/configparser.html#configparser.ConfigParser
 */
const INHERITED = /^\s*\[DEFAULT\]/;
const DEFAULT = /^\s*\[\s*(?:profile\s+)?(["']?)default\1\s*\]/;

function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|[\r\n]/);
}

/** Each section with its heading; the first one is the lines before any heading. */
function sectionsOf(lines: readonly string[]): readonly (readonly string[])[] {
  const sections: string[][] = [[]];
  for (const line of lines) {
    if (/^\s*\[/.test(line)) sections.push([line]);
    else sections.at(-1)?.push(line);
  }
  return sections;
}

function withoutCredentials(lines: readonly string[]): readonly string[] {
  /** The indentation of the setting being dropped; lines indented deeper belong to it. */
  let dropped: number | undefined;
  return lines.filter((line) => {
    const indentation = line.search(/\S/);
    if (CREDENTIAL_SETTING.test(line)) dropped = indentation;
    else if (dropped !== undefined && indentation !== -1 && indentation <= dropped) dropped = undefined;
    return dropped === undefined;
  });
}
