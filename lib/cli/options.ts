/**
 * The one table of options. Parser, settings, profile reader, help, README, completions, the variables removed from the
 * command's environment and the known `ARAR_…` names all follow from it.
 *
 * The limits are those of STS:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 */

import { envNames, type Option } from "./option.ts";
import { filePath, keyValue, matching, oneOf, seconds, text, textOrFile, variableName } from "./parsers.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
const FORMATS = ["process", "env", "export", "fish", "powershell", "json", "terragrunt", "github", "plan"] as const;

/** Every option, in the order of the help. */
export const OPTIONS = [
  {
    kind: "list",
    name: "role-arn",
    value: "ARN",
    env: ["AWS_ROLE_ARN"],
    roleKey: "role_arn",
    parse: text,
    group: "Role",
    summary: "role to assume; repeat for role chaining",
  },
  {
    kind: "value",
    name: "role-session-name",
    isForRoles: true,
    value: "NAME",
    env: ["AWS_ROLE_SESSION_NAME"],
    roleKey: "role_session_name",
    parse: matching(/^[\w+=,.@-]{2,64}$/, "2 to 64 characters of A-Za-z0-9_+=,.@-"),
    group: "Role",
    summary: "role session name, 2-64 of A-Za-z0-9_+=,.@-",
  },
  {
    kind: "flag",
    name: "username-session",
    isForRoles: true,
    short: "u",
    group: "Role",
    summary: "name the session after the caller's IAM user",
  },
  {
    kind: "value",
    name: "external-id",
    isForRoles: true,
    value: "ID",
    roleKey: "external_id",
    parse: matching(/^[\w+=,.@:/-]{2,1224}$/, "2 to 1224 characters of A-Za-z0-9_+=,.@:/-"),
    group: "Role",
    summary: "external ID that the trust policy requires",
  },
  {
    kind: "value",
    name: "source-identity",
    isForRoles: true,
    value: "NAME",
    parse: matching(/^(?!aws:)[\w+=,.@-]{2,64}$/, "2 to 64 characters of A-Za-z0-9_+=,.@-, not starting with aws:"),
    group: "Role",
    summary: "source identity, kept through role chaining",
  },
  {
    kind: "value",
    name: "region",
    value: "REGION",
    env: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    isHabit: true,
    profileKey: "region",
    // Becomes a label of the endpoint's host name: https://www.rfc-editor.org/rfc/rfc1123#page-13
    parse: matching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a region, such as eu-west-1"),
    group: "Role",
    summary: "region for STS and the command",
  },
  {
    kind: "list",
    name: "expect-account",
    value: "ID",
    separator: /,/,
    isHabit: true,
    parse: matching(/^\d{12}$/, "a 12-digit account ID"),
    group: "Role",
    summary: "refuse to run in any other account",
  },
  {
    kind: "value",
    name: "duration-seconds",
    value: "N",
    roleKey: "duration_seconds",
    parse: seconds(1, 129_600),
    group: "Session",
    summary: "duration: 900-43200 seconds, or 15m, 1h30m",
  },
  {
    kind: "value",
    name: "policy",
    value: "JSON|@FILE",
    complete: "file",
    parse: textOrFile,
    group: "Session",
    summary: "inline session policy",
  },
  {
    kind: "list",
    name: "policy-arn",
    isForRoles: true,
    value: "ARN",
    // A policy name may contain a comma.
    separator: /,(?=arn:)/,
    parse: text,
    group: "Session",
    summary: "managed session policy",
  },
  {
    kind: "list",
    name: "tag",
    isForRoles: true,
    value: "KEY=VALUE",
    separator: /,/,
    parse: keyValue,
    group: "Session",
    summary: "session tag",
  },
  {
    kind: "list",
    name: "transitive-tag-key",
    isForRoles: true,
    value: "KEY",
    separator: /,/,
    parse: text,
    group: "Session",
    summary: "session tag to pass on to chained roles",
  },
  {
    kind: "value",
    name: "serial-number",
    isForRoles: true,
    value: "SERIAL",
    roleKey: "mfa_serial",
    parse: matching(
      /^[\w+=/:,.@-]{9,256}$/,
      "the ARN of an MFA device (arn:aws:iam::123456789012:mfa/NAME) or its serial number",
    ),
    group: "MFA",
    summary: "MFA device; prompts for its code",
  },
  {
    kind: "value",
    name: "token-code",
    isForRoles: true,
    value: "CODE",
    dashValue: true,
    parse: text,
    group: "MFA",
    summary: "MFA code, or - to read it from stdin",
  },
  {
    kind: "value",
    name: "profile",
    value: "NAME",
    env: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
    complete: "profile",
    parse: text,
    group: "Source credentials",
    summary: "profile to start from, including its role",
  },
  {
    kind: "value",
    name: "web-identity-token-file",
    value: "FILE",
    env: ["AWS_WEB_IDENTITY_TOKEN_FILE"],
    complete: "file",
    parse: filePath,
    group: "Source credentials",
    summary: "file that holds an OIDC token",
  },
  {
    kind: "value",
    name: "web-identity-token-env",
    value: "NAME",
    parse: variableName,
    group: "Source credentials",
    summary: "variable with an OIDC token; not passed on",
  },
  {
    kind: "flag",
    name: "oidc",
    alias: "github-oidc",
    env: ["ARAR_OIDC", "ARAR_GITHUB_OIDC"],
    group: "Source credentials",
    summary: "OIDC token of this CI job",
  },
  {
    kind: "value",
    name: "audience",
    value: "AUDIENCE",
    parse: text,
    group: "Source credentials",
    summary: "audience of that token, if not STS's default",
  },
  {
    kind: "value",
    name: "timeout",
    value: "SECONDS",
    isHabit: true,
    default: "30",
    parse: seconds(1, 3600),
    group: "Source credentials",
    summary: "seconds to wait for credentials [30]",
  },
  {
    kind: "list",
    name: "keep-env",
    value: "NAME",
    separator: /,/,
    isHabit: true,
    parse: variableName,
    group: "Command",
    summary: "keep a variable that arar would remove",
  },
  {
    kind: "flag",
    name: "exec",
    isHabit: true,
    group: "Command",
    summary: "replace arar with the command (Linux, macOS)",
  },
  { kind: "flag", name: "refresh", group: "Command", summary: "renew credentials while the command runs" },
  { kind: "flag", name: "cache", isHabit: true, group: "Command", summary: "reuse the session in later runs" },
  {
    kind: "value",
    name: "min-ttl",
    value: "SECONDS",
    isHabit: true,
    parse: seconds(0, 43_200),
    group: "Command",
    summary: "minimum time left to reuse a session",
  },
  {
    kind: "flag",
    name: "mask",
    isHabit: true,
    group: "Command",
    summary: "mask the secrets in GitHub Actions logs",
  },
  {
    kind: "value",
    name: "print",
    value: "FORMAT",
    // Never from the environment: an inherited variable must not keep a command from being run.
    env: [],
    complete: FORMATS,
    parse: oneOf(FORMATS),
    group: "Instead of a command",
    summary: "credentials as process, env, export, json...",
  },
  {
    kind: "flag",
    name: "dry-run",
    env: [],
    group: "Instead of a command",
    summary: "show the plan: no call to AWS, no secrets",
  },
  { kind: "action", name: "clear-cache", group: "Instead of a command", summary: "delete what --cache stored" },
  {
    kind: "action-value",
    name: "completions",
    value: "SHELL",
    complete: SHELLS,
    group: "Instead of a command",
    summary: "completion script: bash, zsh, fish, powershell",
  },
  {
    kind: "flag",
    name: "verbose",
    short: "v",
    isHabit: true,
    group: "About",
    summary: "report each decision on stderr",
  },
  { kind: "action", name: "help", short: "h", group: "About", summary: "show this help" },
  { kind: "action", name: "version", group: "About", summary: "show the version" },
] as const satisfies readonly Option[];

type Table = typeof OPTIONS[number];

/** The names of the options of one or more kinds. */
export type OptionName<Kind extends Option["kind"] = Option["kind"]> = Extract<Table, { kind: Kind }>["name"];

/** The type of an option's parsed value. */
export type ValueOf<Name extends OptionName<"value" | "list">> = ReturnType<
  Extract<Table, { kind: "value" | "list"; name: Name }>["parse"]
>;

/** The options on the command line; the others are absent. */
export type TypedOptions =
  & { readonly [Name in OptionName<"flag">]?: true }
  & { readonly [Name in OptionName<"value">]?: string }
  & { readonly [Name in OptionName<"list">]?: readonly string[] };

/** Finds an option by its long name or alias. */
export function findOption(name: string): Option | undefined {
  return OPTIONS.find((option: Option) => option.name === name || option.alias === name);
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
  return OPTIONS.flatMap((option: Option) => "isHabit" in option && option.isHabit ? [] : envNames(option));
}
