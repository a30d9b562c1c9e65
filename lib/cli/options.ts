/**
 * The one table of options. Parser, settings, profile reader, help, README, completions, the variables removed from the
 * command's environment and the known `ARAR_…` names all follow from it.
 *
 * The limits are those of STS:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 */

import type { Sourced } from "../sourced.ts";
import { envNames, filePath, flag, keyValue, list, matching, oneOf, type Option, type Parse } from "./option.ts";
import { type Row, seconds, text, textOrFile, value, variableName } from "./option.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
const FORMATS = ["process", "env", "export", "fish", "powershell", "json", "terragrunt", "github", "plan"] as const;

/** Every option, in the order of the help. `roleArn` is `--role-arn`. */
export const OPTIONS = {
  roleArn: list("Role", "ARN", "role to assume; several are a role chain", {
    env: ["AWS_ROLE_ARN"],
    profileKey: "role_arn",
    parse: text,
  }),
  roleSessionName: value("Role", "NAME", "role session name, 2-64 of A-Za-z0-9_+=,.@-", {
    isForRoles: true,
    env: ["AWS_ROLE_SESSION_NAME"],
    profileKey: "role_session_name",
    parse: matching(/^[\w+=,.@-]{2,64}$/, "2 to 64 characters of A-Za-z0-9_+=,.@-"),
  }),
  usernameSession: flag("Role", "name the session after the caller's IAM user", { isForRoles: true, short: "u" }),
  externalId: value("Role", "ID", "external ID that the trust policy requires", {
    isForRoles: true,
    profileKey: "external_id",
    parse: matching(/^[\w+=,.@:/-]{2,1224}$/, "2 to 1224 characters of A-Za-z0-9_+=,.@:/-"),
  }),
  sourceIdentity: value("Role", "NAME", "source identity, kept through role chaining", {
    isForRoles: true,
    parse: matching(/^(?!aws:)[\w+=,.@-]{2,64}$/, "2 to 64 characters of A-Za-z0-9_+=,.@-, not starting with aws:"),
  }),
  region: value("Role", "REGION", "region for STS and the command", {
    env: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    isHabit: true,
    profileKey: "region",
    // Becomes a label of the endpoint's host name: https://www.rfc-editor.org/rfc/rfc1123#page-13
    parse: matching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a region, such as eu-west-1"),
  }),
  expectAccount: list("Role", "ID", "refuse to run in any other account", {
    separator: /,/,
    isHabit: true,
    parse: matching(/^\d{12}$/, "a 12-digit account ID"),
  }),
  durationSeconds: value("Session", "N", "duration: 900-43200 seconds, or 15m, 1h30m", {
    profileKey: "duration_seconds",
    parse: seconds(1, 129_600),
  }),
  policy: value("Session", "JSON|@FILE", "inline session policy", { complete: "file", parse: textOrFile }),
  policyArn: list("Session", "ARN|NAME", "managed session policy", {
    isForRoles: true,
    // In an ARN, a policy name may contain a comma; the names of AWS's own, which must come first, do not.
    separator: /,(?=arn:)|(?<=^[^:]*),/,
    parse: text,
  }),
  tag: list("Session", "KEY=VALUE", "session tag", { isForRoles: true, separator: /,/, parse: keyValue }),
  transitiveTagKey: list("Session", "KEY", "session tag to pass on to chained roles", {
    isForRoles: true,
    separator: /,/,
    parse: text,
  }),
  serialNumber: value("MFA", "SERIAL", "MFA device; prompts for its code", {
    isForRoles: true,
    profileKey: "mfa_serial",
    parse: matching(
      /^[\w+=/:,.@-]{9,256}$/,
      "the ARN of an MFA device (arn:aws:iam::123456789012:mfa/NAME) or its serial number",
    ),
  }),
  tokenCode: value("MFA", "CODE", "MFA code, or - to read it from stdin", {
    isForRoles: true,
    dashValue: true,
    parse: text,
  }),
  profile: value("Source credentials", "NAME", "profile to start from, including its role", {
    env: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
    complete: "profile",
    parse: text,
  }),
  webIdentityTokenFile: value("Source credentials", "FILE", "file that holds an OIDC token", {
    env: ["AWS_WEB_IDENTITY_TOKEN_FILE"],
    complete: "file",
    parse: filePath,
  }),
  webIdentityTokenEnv: value("Source credentials", "NAME", "variable with an OIDC token; not passed on", {
    parse: variableName,
  }),
  credentialProcess: value("Source credentials", "CMD", "command that prints credentials as JSON", { parse: text }),
  oidc: flag("Source credentials", "OIDC token of this CI job", {
    alias: "github-oidc",
    env: ["ARAR_OIDC", "ARAR_GITHUB_OIDC"],
  }),
  audience: value("Source credentials", "AUDIENCE", "audience of that token, if not STS's default", { parse: text }),
  timeout: value("Source credentials", "SECONDS", "seconds to wait for credentials [30]", {
    isHabit: true,
    default: "30",
    parse: seconds(1, 3600),
  }),
  keepEnv: list("Command", "NAME", "keep a variable that arar would remove", {
    separator: /,/,
    isHabit: true,
    parse: variableName,
  }),
  exec: flag("Command", "replace arar with the command (Linux, macOS)", { isHabit: true }),
  refresh: flag("Command", "renew credentials while the command runs"),
  cache: flag("Command", "reuse the session in later runs", { isHabit: true }),
  minTtl: value("Command", "SECONDS", "minimum time left to reuse a session", {
    isHabit: true,
    parse: seconds(0, 43_200),
  }),
  mask: flag("Command", "mask the secrets in GitHub Actions logs", { isHabit: true }),
  print: value("Instead of a command", "FORMAT", "credentials as process, env, export, json...", {
    // Never from the environment: an inherited variable must not keep a command from being run.
    env: [],
    complete: FORMATS,
    parse: oneOf(FORMATS),
  }),
  dryRun: flag("Instead of a command", "show the plan: no call to AWS, no secrets", { env: [] }),
  clearCache: { kind: "action", heading: "Instead of a command", summary: "delete what --cache stored" },
  completions: {
    kind: "action-value",
    value: "SHELL",
    complete: SHELLS,
    heading: "Instead of a command",
    summary: "completion script: bash, zsh, fish, powershell",
  },
  verbose: flag("About", "report each decision on stderr", { short: "v", isHabit: true }),
  help: { kind: "action", short: "h", heading: "About", summary: "show this help" },
  version: { kind: "action", heading: "About", summary: "show the version" },
} satisfies Readonly<Record<string, Row>>;

type Table = typeof OPTIONS;

/** What an option of this row is read as; an action is never read. */
type Read<Of> = Of extends { readonly kind: "flag" } ? Sourced<true> | undefined
  : Of extends { readonly kind: "value"; readonly parse: Parse<infer Value> } ? Sourced<Value> | undefined
  : Of extends { readonly kind: "list"; readonly parse: Parse<infer Value> } ? readonly Sourced<Value>[]
  : undefined;

/** The value of each option, with its origin. */
export type Values = { readonly [Key in keyof Table]: Read<Table[Key]> };

/** The names of the options in the table. */
export type OptionKey = keyof Table;

/** The options on the command line, not yet parsed; the others are absent. */
export type TypedOptions = { readonly [Key in OptionKey]?: true | string | readonly string[] };

/** Every option with its names, in the order of the help. */
export const OPTION_LIST: readonly Option[] = Object.entries<Row>(OPTIONS)
  .map(([key, row]) => ({ ...row, key, name: key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) }));

/** Finds an option by its long name or alias. */
export function findOption(name: string): Option | undefined {
  return OPTION_LIST.find((option) => option.name === name || option.alias === name);
}

/** The `ARAR_…` variables that belong to no option. */
export const OTHER_NAMES = [
  // Read by the install script.
  "ARAR_INSTALL_DIR",
  "ARAR_VERSION",
  "ARAR_REQUIRE_ATTESTATION",
  "ARAR_DOWNLOAD_URL",
  // Tells the command which session it runs as.
  "ARAR_SESSION_ARN",
  // Detects a credential_process that runs arar on the same profile.
  "ARAR_ASKED_PROFILES",
] as const;

/** The variables that describe a single run, which a nested arar must not inherit. */
export function namesOfOneRun(): readonly string[] {
  return OPTION_LIST.flatMap((option) => "isHabit" in option && option.isHabit ? [] : envNames(option));
}
