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
  roleArn: list({
    value: "ARN",
    env: ["AWS_ROLE_ARN"],
    profileKey: "role_arn",
    parse: text,
    heading: "Role",
    summary: "role to assume; several are a role chain",
  }),
  roleSessionName: value({
    isForRoles: true,
    value: "NAME",
    env: ["AWS_ROLE_SESSION_NAME"],
    profileKey: "role_session_name",
    parse: matching(/^[\w+=,.@-]{2,64}$/, "2 to 64 characters of A-Za-z0-9_+=,.@-"),
    heading: "Role",
    summary: "role session name, 2-64 of A-Za-z0-9_+=,.@-",
  }),
  usernameSession: flag({
    isForRoles: true,
    short: "u",
    heading: "Role",
    summary: "name the session after the caller's IAM user",
  }),
  externalId: value({
    isForRoles: true,
    value: "ID",
    profileKey: "external_id",
    parse: matching(/^[\w+=,.@:/-]{2,1224}$/, "2 to 1224 characters of A-Za-z0-9_+=,.@:/-"),
    heading: "Role",
    summary: "external ID that the trust policy requires",
  }),
  sourceIdentity: value({
    isForRoles: true,
    value: "NAME",
    parse: matching(/^(?!aws:)[\w+=,.@-]{2,64}$/, "2 to 64 characters of A-Za-z0-9_+=,.@-, not starting with aws:"),
    heading: "Role",
    summary: "source identity, kept through role chaining",
  }),
  region: value({
    value: "REGION",
    env: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    isHabit: true,
    profileKey: "region",
    // Becomes a label of the endpoint's host name: https://www.rfc-editor.org/rfc/rfc1123#page-13
    parse: matching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a region, such as eu-west-1"),
    heading: "Role",
    summary: "region for STS and the command",
  }),
  expectAccount: list({
    value: "ID",
    separator: /,/,
    isHabit: true,
    parse: matching(/^\d{12}$/, "a 12-digit account ID"),
    heading: "Role",
    summary: "refuse to run in any other account",
  }),
  durationSeconds: value({
    value: "N",
    profileKey: "duration_seconds",
    parse: seconds(1, 129_600),
    heading: "Session",
    summary: "duration: 900-43200 seconds, or 15m, 1h30m",
  }),
  policy: value({
    value: "JSON|@FILE",
    complete: "file",
    parse: textOrFile,
    heading: "Session",
    summary: "inline session policy",
  }),
  policyArn: list({
    isForRoles: true,
    value: "ARN|NAME",
    // In an ARN, a policy name may contain a comma; the names of AWS's own, which must come first, do not.
    separator: /,(?=arn:)|(?<=^[^:]*),/,
    parse: text,
    heading: "Session",
    summary: "managed session policy",
  }),
  tag: list({
    isForRoles: true,
    value: "KEY=VALUE",
    separator: /,/,
    parse: keyValue,
    heading: "Session",
    summary: "session tag",
  }),
  transitiveTagKey: list({
    isForRoles: true,
    value: "KEY",
    separator: /,/,
    parse: text,
    heading: "Session",
    summary: "session tag to pass on to chained roles",
  }),
  serialNumber: value({
    isForRoles: true,
    value: "SERIAL",
    profileKey: "mfa_serial",
    parse: matching(
      /^[\w+=/:,.@-]{9,256}$/,
      "the ARN of an MFA device (arn:aws:iam::123456789012:mfa/NAME) or its serial number",
    ),
    heading: "MFA",
    summary: "MFA device; prompts for its code",
  }),
  tokenCode: value({
    isForRoles: true,
    value: "CODE",
    dashValue: true,
    parse: text,
    heading: "MFA",
    summary: "MFA code, or - to read it from stdin",
  }),
  profile: value({
    value: "NAME",
    env: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
    complete: "profile",
    parse: text,
    heading: "Source credentials",
    summary: "profile to start from, including its role",
  }),
  webIdentityTokenFile: value({
    value: "FILE",
    env: ["AWS_WEB_IDENTITY_TOKEN_FILE"],
    complete: "file",
    parse: filePath,
    heading: "Source credentials",
    summary: "file that holds an OIDC token",
  }),
  webIdentityTokenEnv: value({
    value: "NAME",
    parse: variableName,
    heading: "Source credentials",
    summary: "variable with an OIDC token; not passed on",
  }),
  credentialProcess: value({
    value: "CMD",
    parse: text,
    heading: "Source credentials",
    summary: "command that prints credentials as JSON",
  }),
  oidc: flag({
    alias: "github-oidc",
    env: ["ARAR_OIDC", "ARAR_GITHUB_OIDC"],
    heading: "Source credentials",
    summary: "OIDC token of this CI job",
  }),
  audience: value({
    value: "AUDIENCE",
    parse: text,
    heading: "Source credentials",
    summary: "audience of that token, if not STS's default",
  }),
  timeout: value({
    value: "SECONDS",
    isHabit: true,
    default: "30",
    parse: seconds(1, 3600),
    heading: "Source credentials",
    summary: "seconds to wait for credentials [30]",
  }),
  keepEnv: list({
    value: "NAME",
    separator: /,/,
    isHabit: true,
    parse: variableName,
    heading: "Command",
    summary: "keep a variable that arar would remove",
  }),
  exec: flag({
    isHabit: true,
    heading: "Command",
    summary: "replace arar with the command (Linux, macOS)",
  }),
  refresh: flag({ heading: "Command", summary: "renew credentials while the command runs" }),
  cache: flag({ isHabit: true, heading: "Command", summary: "reuse the session in later runs" }),
  minTtl: value({
    value: "SECONDS",
    isHabit: true,
    parse: seconds(0, 43_200),
    heading: "Command",
    summary: "minimum time left to reuse a session",
  }),
  mask: flag({
    isHabit: true,
    heading: "Command",
    summary: "mask the secrets in GitHub Actions logs",
  }),
  print: value({
    value: "FORMAT",
    // Never from the environment: an inherited variable must not keep a command from being run.
    env: [],
    complete: FORMATS,
    parse: oneOf(FORMATS),
    heading: "Instead of a command",
    summary: "credentials as process, env, export, json...",
  }),
  dryRun: flag({
    env: [],
    heading: "Instead of a command",
    summary: "show the plan: no call to AWS, no secrets",
  }),
  clearCache: { kind: "action", heading: "Instead of a command", summary: "delete what --cache stored" },
  completions: {
    kind: "action-value",
    value: "SHELL",
    complete: SHELLS,
    heading: "Instead of a command",
    summary: "completion script: bash, zsh, fish, powershell",
  },
  verbose: flag({
    short: "v",
    isHabit: true,
    heading: "About",
    summary: "report each decision on stderr",
  }),
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
