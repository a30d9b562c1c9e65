/**
 * The one table of options: parser, help, README, completions and settings all read it.
 * It must not know how an option takes effect.
 *
 * @module
 */

import type { Option } from "./option.ts";

/** Every option, in the order of the help. */
export const OPTIONS = [
  {
    kind: "list",
    name: "role-arn",
    value: "ARN",
    env: ["AWS_ROLE_ARN"],
    group: "Role",
    summary: "role to assume; again for the next of a chain",
  },
  {
    kind: "value",
    name: "role-session-name",
    value: "NAME",
    env: ["AWS_ROLE_SESSION_NAME"],
    group: "Role",
    summary: "session name, 2-64 of A-Za-z0-9_+=,.@-",
  },
  {
    kind: "flag",
    name: "username-session",
    short: "u",
    group: "Role",
    summary: "session name = the caller's IAM user name",
  },
  {
    kind: "value",
    name: "external-id",
    value: "ID",
    group: "Role",
    summary: "external id that the trust policy demands",
  },
  {
    kind: "value",
    name: "source-identity",
    value: "NAME",
    group: "Role",
    summary: "source identity, kept along a chain",
  },
  {
    kind: "value",
    name: "region",
    value: "REGION",
    env: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    group: "Role",
    summary: "region of STS and of the command",
  },
  { kind: "list", name: "expect-account", value: "ID", group: "Role", summary: "refuse to run in any other account" },
  {
    kind: "value",
    name: "duration-seconds",
    value: "N",
    group: "Session",
    summary: "900-43200 seconds, or 15m, 1h, 1h30m",
  },
  { kind: "value", name: "policy", value: "JSON|@FILE", complete: "file", group: "Session", summary: "session policy" },
  { kind: "list", name: "policy-arn", value: "ARN", group: "Session", summary: "managed session policy" },
  { kind: "list", name: "tag", value: "KEY=VALUE", group: "Session", summary: "session tag" },
  {
    kind: "list",
    name: "transitive-tag-key",
    value: "KEY",
    group: "Session",
    summary: "session tag that a chain passes on",
  },
  { kind: "value", name: "serial-number", value: "SERIAL", group: "MFA", summary: "MFA device; its code is asked for" },
  {
    kind: "value",
    name: "token-code",
    value: "CODE",
    dashValue: true,
    group: "MFA",
    summary: "six digits, or - to read a line from stdin",
  },
  {
    kind: "value",
    name: "profile",
    value: "NAME",
    env: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
    group: "Source credentials",
    summary: "profile to start from, its own role included",
  },
  {
    kind: "value",
    name: "web-identity-token-file",
    value: "FILE",
    env: ["AWS_WEB_IDENTITY_TOKEN_FILE"],
    complete: "file",
    group: "Source credentials",
    summary: "OIDC token in a file",
  },
  {
    kind: "value",
    name: "web-identity-token-env",
    value: "NAME",
    group: "Source credentials",
    summary: "OIDC token in a variable, hidden from command",
  },
  { kind: "flag", name: "github-oidc", group: "Source credentials", summary: "OIDC token of this GitHub Actions job" },
  {
    kind: "value",
    name: "audience",
    value: "AUDIENCE",
    group: "Source credentials",
    summary: "audience of that token, if not STS's own",
  },
  {
    kind: "value",
    name: "timeout",
    value: "SECONDS",
    group: "Source credentials",
    summary: "give up after so long without credentials [30]",
  },
  {
    kind: "list",
    name: "keep-env",
    value: "NAME",
    group: "Command",
    summary: "keep a variable that arar would remove",
  },
  { kind: "flag", name: "exec", group: "Command", summary: "become the command (Linux, macOS)" },
  { kind: "flag", name: "refresh", group: "Command", summary: "renew the credentials while it runs" },
  { kind: "flag", name: "cache", group: "Command", summary: "reuse the session in later runs" },
  { kind: "value", name: "min-ttl", value: "SECONDS", group: "Command", summary: "reuse only with so much time left" },
  {
    kind: "value",
    name: "print",
    value: "FORMAT",
    complete: ["process", "env", "export", "fish", "powershell", "json", "github", "plan"],
    group: "Instead of a command",
    summary: "credentials as process, env, export, json...",
  },
  { kind: "flag", name: "mask", group: "Instead of a command", summary: "hide the secrets in GitHub Actions logs" },
  { kind: "flag", name: "dry-run", group: "Instead of a command", summary: "show the plan; no call, no secret" },
  { kind: "action", name: "clear-cache", group: "Instead of a command", summary: "delete what --cache stored" },
  {
    kind: "action-value",
    name: "completions",
    value: "SHELL",
    complete: ["bash", "zsh", "fish", "powershell"],
    group: "Instead of a command",
    summary: "bash, zsh, fish or powershell",
  },
  { kind: "flag", name: "verbose", short: "v", group: "About", summary: "say what is decided and why, on stderr" },
  { kind: "action", name: "help", short: "h", group: "About", summary: "show this help" },
  { kind: "action", name: "version", group: "About", summary: "show the version" },
] as const satisfies readonly Option[];

type Table = typeof OPTIONS[number];

/** Names of the options of one or more kinds. */
export type OptionName<Kind extends Option["kind"] = Option["kind"]> = Extract<
  Table,
  { kind: Kind }
>["name"];

/** What was typed: an option that was not is absent. */
export type TypedOptions =
  & { readonly [Name in OptionName<"flag">]?: true }
  & { readonly [Name in OptionName<"value">]?: string }
  & { readonly [Name in OptionName<"list">]?: readonly string[] };

/** The option of a long name. */
export function findOption(name: string): Option | undefined {
  return OPTIONS.find((option) => option.name === name);
}
