/**
 * Which profile a command uses under `--refresh`. SDKs prefer the credentials of the default profile, and boto3 those of
 * Boto 2, to the endpoint. So the command is given a profile of its own, which has none: it is chosen by name, whatever any
 * SDK makes of the user's files.
 *
 * @module
 */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";
import { osReason } from "./os_error.ts";

/** Where the user's files are. */
export interface UserFiles {
  readonly config: string;
  readonly credentials: string;
  readonly home: string | undefined;
  /** Those that boto3 would read for Boto 2's sake. */
  readonly boto: readonly string[];
}

/** What the command is given besides the endpoint. */
export interface RefreshProfile {
  readonly env: Readonly<Record<string, string>>;
  /** The text for `AWS_CONFIG_FILE`, with no secret in it; absent if the command needs no profile of its own. */
  readonly config?: string;
  /** Headings of other profiles that are left out of that text, since they hold secrets. */
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

/** Reads the user's files and decides what the command is given. `keepsProfile`: it keeps an `AWS_PROFILE` of the user's. */
export async function readRefreshProfile(
  system: Pick<System, "os" | "readTextFile">,
  files: UserFiles,
  keepsProfile: boolean,
): Promise<RefreshProfile> {
  // A file that arar cannot read, the command cannot read either.
  const read = async (path: string) => linesOf(await system.readTextFile(path).catch(() => undefined) ?? "");
  const [config, ...others] = await Promise.all([
    read(files.config),
    read(files.credentials),
    // The JavaScript SDK v2 reads it even where AWS_SHARED_CREDENTIALS_FILE names another one.
    read(`${files.home ?? "~"}/.aws/credentials`),
  ]);
  const boto = await Promise.all(files.boto.map(read));
  // For gsutil it is the configuration, so it stays if it has no keys.
  const noBoto = boto.some((lines) => lines.some((line) => BOTO_KEY.test(line)))
    ? { BOTO_CONFIG: system.os === "windows" ? "nul" : "/dev/null" }
    : {};
  if (keepsProfile || ![config, ...others].some(mayHaveDefaultCredentials)) return { env: noBoto, left: [] };
  const name = unusedName([config, ...others]);
  return { env: { ...noBoto, AWS_PROFILE: name }, ...withProfile(config, name) };
}

/** A file for the text, which is removed when it is disposed of. */
export function temporaryFile(system: Pick<System, "remove" | "writeTemporaryFileSync">) {
  let path: string | undefined;
  return {
    write(text: string): string {
      try {
        return path = system.writeTemporaryFileSync(text);
      } catch (cause) {
        throw new ArarError(`--refresh cannot write a temporary file: ${osReason(cause)}`, {
          hints: ["set TMPDIR to a folder that you can write to"],
          cause,
        });
      }
    },
    // Failing to remove it must not change how the command ended.
    [Symbol.asyncDispose]: async () => void (path !== undefined && await system.remove(path).catch(() => false)),
  };
}

/** SDKs differ in how they read a malformed file, so this does not depend on how a section ends. */
function mayHaveDefaultCredentials(lines: readonly string[]): boolean {
  return lines.some((line) => /\[.*default/i.test(line)) && lines.some((line) => CREDENTIAL_SETTING.test(line));
}

function unusedName(files: readonly (readonly string[])[]): string {
  let name = "arar-refresh";
  while (files.some((lines) => lines.some((line) => line.includes(name)))) name += "-";
  return name;
}

/** The config file with one more profile, which has the default one's settings but not its credentials. */
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

/** For botocore, every section has these settings too: https://docs.python.org/3/library/configparser.html#configparser.ConfigParser */
const INHERITED = /^\s*\[DEFAULT\]/;
const DEFAULT = /^\s*\[\s*(?:profile\s+)?(["']?)default\1\s*\]/;

function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|[\r\n]/);
}

/** Each with its heading, but for the lines before the first. */
function sectionsOf(lines: readonly string[]): readonly (readonly string[])[] {
  const sections: string[][] = [[]];
  for (const line of lines) {
    if (/^\s*\[/.test(line)) sections.push([line]);
    else sections.at(-1)?.push(line);
  }
  return sections;
}

function withoutCredentials(lines: readonly string[]): readonly string[] {
  /** The indentation of a setting that is dropped: what is indented deeper belongs to it. */
  let dropped: number | undefined;
  return lines.filter((line) => {
    const indentation = line.search(/\S/);
    if (CREDENTIAL_SETTING.test(line)) dropped = indentation;
    else if (dropped !== undefined && indentation !== -1 && indentation <= dropped) dropped = undefined;
    return dropped === undefined;
  });
}
