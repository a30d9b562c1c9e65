/**
 * The profile that a command uses with `--refresh`. SDKs prefer the credentials of the default profile to the endpoint,
 * and boto3 also those of Boto 2. So the command gets a separate profile without credentials, selected by name, whatever
 * the user's files contain.
 */

import { ArarError, quote, reasonOf } from "../errors.ts";
import { type IniSections, type IniSetting, type IniSettings, parseIni } from "../profile/ini.ts";
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
  /** The headings of profiles that are not in it because they hold secrets. */
  readonly omitted: readonly string[];
}

/** Settings that give a profile credentials: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
const CREDENTIAL_SETTINGS = [
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
].join("|");
const CREDENTIAL_KEY = new RegExp(`^(?:${CREDENTIAL_SETTINGS})$`);
const CREDENTIAL_LINE = new RegExp(`^\\s*(?:${CREDENTIAL_SETTINGS})\\s*(?:[=:]|$)`, "im");
const SECRET_KEY = /^aws_(?:secret_access_key|session_token|security_token)$/;
const BOTO_KEY_LINE = /^\s*aws_access_key_id\s*[=:]/im;

/** Reads the user's files and decides what the command gets. `keepsProfile` if it keeps the user's `AWS_PROFILE`. */
export async function readRefreshProfile(
  system: Pick<System, "os" | "readTextFile">,
  files: UserFiles,
  keepsProfile: boolean,
): Promise<RefreshProfile> {
  const [config = "", ...others] = await Promise.all([
    files.config,
    files.credentials,
    // The JavaScript SDK v2 reads it even if AWS_SHARED_CREDENTIALS_FILE names another file.
    `${files.home ?? "~"}/.aws/credentials`,
  ].map((path) => read(system, path)));
  const boto = await Promise.all(files.boto.map((path) => read(system, path)));
  // gsutil is configured there too, so the files stay if they have no keys.
  const noBoto = boto.some((text) => BOTO_KEY_LINE.test(text))
    ? { BOTO_CONFIG: system.os === "windows" ? "nul" : "/dev/null" }
    : {};
  const texts = [config, ...others];
  if (keepsProfile || !texts.some(mayHaveDefaultCredentials)) return { env: noBoto, omitted: [] };
  let name = "arar-refresh";
  while (texts.some((text) => text.includes(name))) name += "-";
  return { env: { ...noBoto, AWS_PROFILE: name }, ...withProfile(parseIni(config, files.config), name) };
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

/** A file that arar cannot read is none for the command either, unless it has no end. */
async function read(system: Pick<System, "readTextFile">, path: string): Promise<string> {
  try {
    return await system.readTextFile(path) ?? "";
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "EndlessFile") return "";
    throw new ArarError(`cannot read ${quote(path)}: ${reasonOf(error)}`);
  }
}

/** SDKs differ in where they end a section, so this does not depend on it. */
function mayHaveDefaultCredentials(text: string): boolean {
  return /\[.*default/i.test(text) && CREDENTIAL_LINE.test(text);
}

/** The config file with one more profile, which has the settings of the default one but not its credentials. */
function withProfile(sections: IniSections, name: string): Pick<RefreshProfile, "config" | "omitted"> {
  const all = [...sections];
  const defaults = all.filter(([heading]) => DEFAULT.test(heading));
  // As for arar itself, [profile default] wins over [default].
  const [, settings] = defaults.findLast(([heading]) => heading.trim() !== "default") ?? defaults.at(-1) ?? [];
  const rendered = all.map(([heading, one]) => {
    // botocore applies its settings to every section.
    if (heading === "DEFAULT") return sectionText(heading, withoutCredentials(one));
    return holdsSecret(one) ? "" : sectionText(heading, one);
  });
  const omitted = all.filter(([heading, one]) => holdsSecret(one) && !DEFAULT.test(heading));
  return {
    config: [...rendered, sectionText(`profile ${name}`, withoutCredentials(settings ?? new Map()))].join(""),
    omitted: omitted.map(([heading]) => `[${heading}]`),
  };
}

/** Both headings of the default profile. */
const DEFAULT = /^\s*(?:profile\s+)?(["']?)default\1\s*$/;

function holdsSecret(settings: IniSettings): boolean {
  return [...settings].some(([key, { nested }]) => SECRET_KEY.test(key) || holdsSecret(nested));
}

function withoutCredentials(settings: IniSettings): IniSettings {
  return new Map([...settings].filter(([key]) => !CREDENTIAL_KEY.test(key)));
}

/** The section as every SDK reads it. */
function sectionText(heading: string, settings: IniSettings): string {
  return [`[${heading}]`, ...[...settings.values()].flatMap(linesOf)].map((line) => `${line}\n`).join("");
}

function linesOf({ name, value, nested }: IniSetting): readonly string[] {
  const [first = "", ...more] = value.split("\n");
  const below = [...more, ...[...nested.values()].flatMap(linesOf)];
  return [`${name} = ${first}`.trimEnd(), ...below.map((line) => `  ${line}`.trimEnd())];
}
