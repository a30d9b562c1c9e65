/** Formats a session for other tools, `--print`, and for the log of GitHub Actions, `--mask`. */

import type { EnvironmentChange } from "./command_env.ts";
import { formatExpiration, hasExpiration, localExpiration, type Session } from "../aws/credentials.ts";
import { quoteFish, quotePosix, quotePowershell } from "../cli/shell_quotes.ts";
import { ArarError, showJson } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import type { PrintFormat } from "../settings/settings.ts";

/** The formats for stdout; `github` goes into a file. */
export type TextFormat = Exclude<PrintFormat, "github">;

/** The input of a format. */
export interface Printable {
  readonly session: Session;
  /** The change that a command's environment would get. */
  readonly change: EnvironmentChange;
  /** The command's region, if known. */
  readonly region?: string | undefined;
}

/** The text for stdout, ending with a newline. */
export function renderCredentials(format: TextFormat, printable: Printable): string {
  const { session, change } = printable;
  switch (format) {
    case "process":
      return processJson(session);
    case "json":
      return json(printable);
    case "terragrunt":
      return terragruntJson(printable);
    case "env":
      return envFile(change);
    case "export":
      return shell(change, { unset: (name) => `unset ${name}`, set: (n, v) => `export ${n}=${quotePosix(v)}` });
    case "fish":
      return shell(change, { unset: unsetInFish, set: (n, v) => `set -gx ${n} ${quoteFish(v)}` });
    case "powershell":
      return shell(change, {
        unset: (name) => `Remove-Item -LiteralPath Env:${name} -ErrorAction SilentlyContinue`,
        set: (n, v) => `$env:${n} = ${quotePowershell(v)}`,
      });
    default:
      return format satisfies never;
  }
}

/**
 * The text to append to `$GITHUB_ENV`:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 */
export function renderGithubEnv(
  { set, unset }: EnvironmentChange,
  env: Env,
  randomBytes: (count: number) => Uint8Array,
): { readonly text: string; readonly inherited: readonly string[] } {
  // Random, so that no value can contain it, end its own entry and start another.
  const delimiter = `arar_${randomBytes(16).toHex()}`;
  // A file cannot unset what the job sets, but an empty value counts as unset.
  const inherited = unset.filter((name) => env[name] && !NEXT_ROLE.includes(name));
  const emptied = inherited.filter((name) => !PROFILES.includes(name)).map((name): [string, string] => [name, ""]);
  const entries = [...emptied, ...Object.entries(set)];
  return {
    text: entries.map(([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`).join(""),
    inherited: inherited.filter((name) => PROFILES.includes(name)),
  };
}

/** For these an empty value does not count as unset: the AWS CLI looks for a profile without a name. */
const PROFILES: readonly string[] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/** Later steps may run arar again; SDKs ignore the role beside keys. */
const NEXT_ROLE: readonly string[] = ["AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"];

/**
 * A universal variable is not erased, since it would be gone from every shell for ever; and while it is exported, only an
 * exported value hides it from programs: https://fishshell.com/docs/current/language.html#variable-scope
 */
function unsetInFish(name: string): string {
  const hide = PROFILES.includes(name)
    ? `echo 'arar: warning: ${name} is still set as a universal variable; to remove it: set -eU ${name}' >&2`
    : `set -gx ${name} ''`;
  return `set -eg ${name}; set -qUx ${name}; and ${hide}`;
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html#feature-process-credentials-output */
function processJson(session: Session): string {
  return showJson({ Version: 1, ...fields(session) }, "line");
}

function json({ session, region }: Printable): string {
  return showJson({ ...fields(session), Arn: session.arn, Region: region });
}

/** https://terragrunt.gruntwork.io/docs/features/authentication/#auth-provider-command */
function terragruntJson({ session: { credentials }, change }: Printable): string {
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, AWS_SESSION_TOKEN: _token, ...envs } = change.set;
  const awsCredentials = {
    ACCESS_KEY_ID: credentials.accessKeyId,
    SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SESSION_TOKEN: credentials.sessionToken,
  };
  return showJson({ awsCredentials, envs }, "line");
}

function fields(session: Session) {
  const { credentials, accountId } = session;
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    ...(hasExpiration(session) && { Expiration: formatExpiration(localExpiration(session)) }),
    // STS-compatible services may have no accounts.
    ...(accountId !== "" && { AccountId: accountId }),
  };
}

/** `docker --env-file` reads a value literally, up to the end of the line; there is no quoting. */
function envFile(change: EnvironmentChange): string {
  return Object.entries(change.set).map(([name, value]) => {
    if (/[\r\n\0]/.test(value)) {
      throw new ArarError(`--print env cannot represent ${name}: its value contains a line break`);
    }
    return `${name}=${value}\n`;
  }).join("");
}

interface Statements {
  unset(name: string): string;
  set(name: string, value: string): string;
}

/** Removed names go first. A name that is not valid in a shell cannot be set there either. */
function shell(change: EnvironmentChange, statements: Statements): string {
  const unset = change.unset.filter((name) => /^[A-Za-z_]\w*$/.test(name)).map((name) => statements.unset(name));
  const set = Object.entries(change.set).map(([name, value]) => statements.set(name, value));
  return [...unset, ...set].map((line) => `${line}\n`).join("");
}

/**
 * Makes the runner, if there is one, mask the session's credentials. It scans a step's stdout and stderr for workflow
 * commands before it logs them:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export function maskSecrets(
  system: Pick<System, "stderrIsFile" | "writeStderr">,
  env: Env,
  session: Session,
): void {
  if (env.GITHUB_ACTIONS !== "true") return;
  if (system.stderrIsFile()) {
    throw new ArarError("cannot mask: stderr is redirected to a file, which would contain the secrets", {
      hints: ["do not redirect stderr, or run without --mask"],
    });
  }
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  // A workflow command must start a line, and the previous output on stderr may not have ended with a line break.
  system.writeStderr(`\n${maskLines([accessKeyId, secretAccessKey, sessionToken])}`);
}

/** One command per line of each value, since the runner masks line by line. */
function maskLines(secrets: readonly string[]): string {
  return secrets.flatMap((secret) => secret.split(/[\r\n]+/)).filter((line) => line !== "")
    .map((line) => `::add-mask::${line.replaceAll("%", "%25")}\n`).join("");
}
