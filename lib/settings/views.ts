/** The views of the settings, each value with its origin: `--verbose`, `--dry-run` and `--print plan`. */

import { shownClaims } from "../aws/claims.ts";
import { serviceUrl } from "../aws/endpoint.ts";
import { CHAINED_SECONDS } from "../aws/role_rules.ts";
import { rolesOf, type SessionName, type Target } from "../aws/role_request.ts";
import { quotePosix } from "../cli/shell_quotes.ts";
import { escapeControls, showJson } from "../errors.ts";
import { listNames } from "../report.ts";
import type { Sourced } from "../sourced.ts";
import type { RequestedRole } from "./roles.ts";
import type { RunBy, Settings } from "./settings.ts";

/** One decision, as it is shown. */
export interface Decision {
  /** What was decided, in a word or two: `role`, `session name`. */
  readonly field: string;
  readonly value: string;
  /** The origin of the value. */
  readonly from: string;
}

/** What was decided, in the order in which it matters. */
export function decisionsOf(settings: Settings): readonly Decision[] {
  const { source, requested, expectAccounts, region, endpoint } = settings;
  return [
    {
      field: "source",
      value: source.value,
      from: source.unused ? `${source.from}; ${source.unused}` : `${source.from}`,
    },
    ...serviceDecisions(settings),
    ...claimDecisions(settings),
    ...requested.kind === "roles" ? requested.roles.flatMap(roleDecisions) : [
      ...requested.kind === "narrowed" ? [] : [{ field: "session", ...SESSIONS[requested.kind] }],
      ...decided("policy", requested.policy, onOneLine),
      ...decided("duration", requested.durationSeconds, (seconds) => `${seconds} s`),
      ...decided("MFA device", requested.serialNumber),
    ],
    ...expectAccounts.flatMap((account) => decided("expected account", account)),
    ...decided("region", { value: region.sts, from: region.from }),
    ...decided("endpoint", endpoint.url),
    ...decided("CA bundle", endpoint.caBundle),
  ];
}

/** Sessions without a role that are not the current one narrowed. */
const SESSIONS = {
  "own": { value: "the source's own, handed over as it is", from: "no role is named" },
  "user-session": { value: "the IAM user's, from GetSessionToken", from: "no role is named" },
} as const;

/** Where the source credentials are requested. Of a container's URL only the origin: whoever knows all of it gets the credentials. */
function serviceDecisions({ signer, services }: Settings): readonly Decision[] {
  const { sso, sso_oidc: oidc, signin, container, instance } = services;
  const found = signer.kind === "profile" && signer.via === "sso" ? signer.sso : undefined;
  const show = ({ href }: URL) => href.replace(/\/$/, "");
  return [
    ...found && sso ? decided("SSO portal", serviceUrl("sso", found.region, sso), show) : [],
    ...found?.session && oidc ? decided("SSO token service", serviceUrl("sso_oidc", found.region, oidc), show) : [],
    ...decided("sign-in service", signin?.url),
    ...decided("container endpoint", container?.url, ({ origin }) => origin),
    ...instance?.disabledBy
      ? decided("metadata service", { value: "not asked", from: instance.disabledBy })
      : decided("metadata service", instance?.url, show),
  ];
}

/** What a trust policy can test of a token that is at hand. */
function claimDecisions({ signer }: Settings): readonly Decision[] {
  if (signer.kind !== "web-identity" || signer.token.kind !== "environment") return [];
  const { name, token } = signer.token;
  const claims = shownClaims(token) ?? [["claims", "none: the token is not a JWT"]];
  return claims.map(([claim, value]) => ({ field: `token ${claim}`, value, from: name }));
}

function roleDecisions(role: RequestedRole): readonly Decision[] {
  return [
    ...decided("role", role.roleArn),
    ...decided("session name", role.sessionName, describeName),
    ...decided("duration", role.durationSeconds, (seconds) => describeDuration(seconds, role.isChained)),
    ...decided("MFA device", role.serialNumber),
    ...decided("external ID", role.externalId),
    ...decided("source identity", role.sourceIdentity),
    ...decided("policy", role.policy, onOneLine),
    ...role.policyArns.flatMap((arn) => decided("managed policy", arn)),
    ...role.tags.flatMap((tag) => decided("tag", tag, ({ key, value }) => `${key}=${value}`)),
    ...role.transitiveTagKeys.flatMap((key) => decided("transitive tag key", key)),
  ];
}

/** The decision for a value, or none if there is no value. */
function decided<Value>(
  field: string,
  given: Sourced<Value> | undefined,
  show: (value: Value) => string = String,
): readonly Decision[] {
  return given ? [{ field, value: show(given.value), from: `${given.from}` }] : [];
}

function onOneLine(policy: string): string {
  return JSON.stringify(JSON.parse(policy));
}

/** The role session name, or where it will come from. */
function describeName(name: SessionName): string {
  return name.kind === "user-name" ? "the caller's IAM user name, from STS" : name.value;
}

/** The duration, capped if the role is assumed with temporary credentials. */
function describeDuration(seconds: number, isChained: boolean): string {
  return isChained && seconds > CHAINED_SECONDS
    ? `${CHAINED_SECONDS} s instead of ${seconds} s: role chaining is limited to one hour`
    : `${seconds} s`;
}

/** What people are shown: each decision with its origin, and what AWS decides because nothing else did. */
export function shownDecisions(
  settings: Settings,
  endpoint: string,
): readonly { readonly field: string; readonly shown: string }[] {
  const { target } = settings;
  const decisions = decisionsOf(settings);
  const isOpen = (name: string) => !decisions.some(({ field }) => field === name);
  return [
    ...decisions.map(({ field, value, from }) => ({ field, shown: `${value} (${from})` })),
    ...isOpen("duration") && rolesOf(target).length <= 1
      ? [{ field: "duration", shown: DEFAULT_DURATIONS[target.kind] }]
      : [],
    ...isOpen("endpoint") ? [{ field: "endpoint", shown: `${endpoint} (the region's)` }] : [],
  ];
}

/** What the output shows. */
export interface Plan {
  readonly settings: Settings;
  /** The STS endpoint. */
  readonly endpoint: string;
  /** The variables that would be set for the command. */
  readonly set: readonly string[];
  /** The variables that are set and would be removed. */
  readonly removed: readonly string[];
  readonly command: readonly string[];
  readonly by: RunBy;
  /** Masks secrets. */
  readonly hide: (text: string) => string;
}

/** The plan for people, one line per decision. */
export function renderPlanText({ settings, endpoint, set, removed, command, by, hide }: Plan): string {
  const { timeoutSeconds, cache } = settings;
  const lines = [
    ...shownDecisions(settings, endpoint).map(({ field, shown }) => `${field}: ${shown}`),
    `timeout: ${timeoutSeconds} s`,
    ...cache ? [`cache: a stored session is reused${describeMinTtl(cache)}`] : [],
    ...[...listNames("set", set), ...listNames("removed", removed)].map((line) => `environment: ${line}`),
    command.length === 0
      ? "command: none; the role is only checked"
      : `command: ${command.map((word) => quoteWord(hide(word))).join(" ")} (${HOW[by]})`,
  ];
  return lines.map((line) => `${escapeControls(hide(line))}\n`).join("");
}

/** The plan for programs: the same as JSON, with the roles as they would be requested. */
export function renderPlanJson({ settings, endpoint: url, set, removed, command, by, hide }: Plan): string {
  const { region, endpoint, target, timeoutSeconds, expectAccounts, cache } = settings;
  const roles = rolesOf(target).map(({ mfa, sessionName, ...role }) => ({
    ...role,
    sessionName: sessionName.kind === "given" ? sessionName.value : undefined,
    sessionNameFrom: sessionName.kind === "given" ? undefined : "IAM user name",
    serialNumber: mfa?.serialNumber,
  }));
  const plan = {
    decisions: decisionsOf(settings),
    ...(target.kind === "roles" ? { roles } : { [target.kind]: planOfSession(target) }),
    expectAccounts: expectAccounts.map(({ value }) => value),
    region: region.sts,
    endpoint: { ...endpoint, url },
    timeoutSeconds,
    cache: cache ?? false,
    environment: { set, removed },
    command,
    by,
  };
  return showJson(masked(plan, hide));
}

/** The same, with secrets masked in every text. */
function masked(value: object, hide: (text: string) => string): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner) => typeof inner === "string" ? hide(inner) : inner);
}

const DEFAULT_DURATIONS: Readonly<Record<Target["kind"], string>> = {
  "roles": "3600 s (AWS default)",
  "narrowed": "until the current session expires",
  "own": "until the current session expires",
  "user-session": "43200 s (AWS default)",
};

/** Without the MFA code. */
function planOfSession(target: Exclude<Target, { kind: "roles" }>) {
  const { kind: _, mfa, ...rest } = { mfa: undefined, ...target };
  return { ...rest, serialNumber: mfa?.serialNumber };
}

const HOW: Readonly<Record<RunBy, string>> = {
  spawn: "as a child of arar",
  exec: "replaces arar",
  refresh: "as a child of arar, which renews the session",
};

function describeMinTtl({ minTtlSeconds }: NonNullable<Settings["cache"]>): string {
  return minTtlSeconds === undefined ? "" : ` if it is valid for at least ${minTtlSeconds} s`;
}

/** The word quoted for a POSIX shell, if it has to be. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quotePosix(word);
}
