/**
 * The one table of options. Parser, settings, help, README, completions, the reader of profiles, the names that are removed from the
 * command's environment and the list of known `ARAR_…` names all follow from it.
 *
 * Limits are those of STS: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 *
 * @module
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
    summary: "role to assume; repeat it for a role chain",
  },
  {
    kind: "value",
    name: "role-session-name",
    isForRoles: true,
    value: "NAME",
    env: ["AWS_ROLE_SESSION_NAME"],
    roleKey: "role_session_name",
    parse: matching(/^[\w+=,.@-]{2,64}$/, "a role session name: 2 to 64 of A-Z a-z 0-9 _ + = , . @ -"),
    group: "Role",
    summary: "session name, 2-64 of A-Za-z0-9_+=,.@-",
  },
  {
    kind: "flag",
    name: "username-session",
    isForRoles: true,
    short: "u",
    group: "Role",
    summary: "session name = the caller's IAM user name",
  },
  {
    kind: "value",
    name: "external-id",
    isPassed: true,
    isForRoles: true,
    value: "ID",
    roleKey: "external_id",
    parse: matching(/^[\w+=,.@:/-]{2,1224}$/, "2 to 1224 of A-Za-z0-9_+=,.@:/-"),
    group: "Role",
    summary: "external id that the trust policy demands",
  },
  {
    kind: "value",
    name: "source-identity",
    isPassed: true,
    isForRoles: true,
    value: "NAME",
    parse: matching(/^(?!aws:)[\w+=,.@-]{2,64}$/, "2 to 64 of A-Za-z0-9_+=,.@-"),
    group: "Role",
    summary: "source identity, kept along a role chain",
  },
  {
    kind: "value",
    name: "region",
    value: "REGION",
    env: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    isHabit: true,
    profileKey: "region",
    // It becomes a label of the endpoint's host name: https://www.rfc-editor.org/rfc/rfc1123#page-13
    parse: matching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "the name of a region, such as eu-west-1"),
    group: "Role",
    summary: "region of STS and of the command",
  },
  {
    kind: "list",
    name: "expect-account",
    value: "ID",
    separator: /,/,
    isHabit: true,
    parse: matching(/^\d{12}$/, "an account id of twelve digits"),
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
    summary: "900-43200 seconds, or 15m, 1h, 1h30m",
  },
  {
    kind: "value",
    name: "policy",
    value: "JSON|@FILE",
    complete: "file",
    parse: textOrFile,
    group: "Session",
    summary: "session policy",
  },
  {
    kind: "list",
    name: "policy-arn",
    isForRoles: true,
    value: "ARN",
    // The name of a policy may hold a comma.
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
    summary: "session tag that a role chain passes on",
  },
  {
    kind: "value",
    name: "serial-number",
    isForRoles: true,
    value: "SERIAL",
    roleKey: "mfa_serial",
    parse: matching(
      /^[\w+=/:,.@-]{9,256}$/,
      "an MFA device, arn:aws:iam::123456789012:mfa/NAME or a serial number",
    ),
    group: "MFA",
    summary: "MFA device; asks for its code",
  },
  {
    kind: "value",
    name: "token-code",
    isForRoles: true,
    value: "CODE",
    dashValue: true,
    parse: text,
    group: "MFA",
    summary: "six digits, or - to read a line from stdin",
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
    summary: "OIDC token in a file",
  },
  {
    kind: "value",
    name: "web-identity-token-env",
    value: "NAME",
    parse: variableName,
    group: "Source credentials",
    summary: "OIDC token in a variable, hidden from command",
  },
  {
    kind: "flag",
    name: "oidc",
    alias: "github-oidc",
    env: ["ARAR_OIDC", "ARAR_GITHUB_OIDC"],
    group: "Source credentials",
    summary: "OIDC token of this job, whatever the CI",
  },
  {
    kind: "value",
    name: "audience",
    value: "AUDIENCE",
    parse: text,
    group: "Source credentials",
    summary: "audience of that token, if not STS's own",
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
    summary: "replace arar by the command (Linux, macOS)",
  },
  { kind: "flag", name: "refresh", group: "Command", summary: "renew the credentials while it runs" },
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
    kind: "value",
    name: "print",
    value: "FORMAT",
    // What turns a run into no run is typed, never exported: as with all of this group.
    env: [],
    complete: FORMATS,
    parse: oneOf(FORMATS),
    group: "Instead of a command",
    summary: "credentials as process, env, export, json...",
  },
  {
    kind: "flag",
    name: "mask",
    isHabit: true,
    group: "Instead of a command",
    summary: "hide the secrets in GitHub Actions logs",
  },
  {
    kind: "flag",
    name: "dry-run",
    env: [],
    group: "Instead of a command",
    summary: "show the plan; no call, no secret",
  },
  { kind: "action", name: "clear-cache", group: "Instead of a command", summary: "delete what --cache stored" },
  {
    kind: "action-value",
    name: "completions",
    value: "SHELL",
    complete: SHELLS,
    group: "Instead of a command",
    summary: "bash, zsh, fish or powershell",
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

/** Names of the options of one or more kinds. */
export type OptionName<Kind extends Option["kind"] = Option["kind"]> = Extract<Table, { kind: Kind }>["name"];

/** What the text of an option with a value becomes. */
export type ValueOf<Name extends OptionName<"value" | "list">> = ReturnType<
  Extract<Table, { kind: "value" | "list"; name: Name }>["parse"]
>;

/** Names of the options whose values AssumeRole gets as they are. */
export type PassedName = Extract<Table, { isPassed: true }>["name"];

/** What was typed: an option that was not is absent. */
export type TypedOptions =
  & { readonly [Name in OptionName<"flag">]?: true }
  & { readonly [Name in OptionName<"value">]?: string }
  & { readonly [Name in OptionName<"list">]?: readonly string[] };

/** Names of the options whose values AssumeRole gets as they are. */
export const PASSED: readonly PassedName[] = OPTIONS.flatMap((option) => "isPassed" in option ? [option.name] : []);

/** The option of a long name, or of an older one. */
export function findOption(name: string): Option | undefined {
  return OPTIONS.find((option: Option) => option.name === name || option.alias === name);
}

/** Variables of arar's own that are not an option's, and where they are documented. */
export const OTHER_NAMES = [
  // The install script's.
  "ARAR_INSTALL_DIR",
  "ARAR_VERSION",
  "ARAR_DOWNLOAD_URL",
  // Says in the command's environment which session it runs as.
  "ARAR_SESSION_ARN",
  // Detects a credential_process that runs arar on the same profile.
  "ARAR_ASKED_PROFILES",
] as const;

/** Variables that describe one run, not a habit: an arar that the command starts must not take them for its own. */
export function namesOfOneRun(): readonly string[] {
  return OPTIONS.flatMap((option: Option) => "isHabit" in option && option.isHabit ? [] : envNames(option));
}
