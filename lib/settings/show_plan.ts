/** The output of `--dry-run` and `--print plan`: what would be done, with which values and their origins. */

import { rolesOf } from "../aws/role_request.ts";
import { quotePosix } from "../cli/shell_quotes.ts";
import { escapeControls } from "../errors.ts";
import type { RunBy } from "./action.ts";
import type { Settings } from "./settings.ts";

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
}

/** The plan for people, one line per decision. */
export function renderPlanText({ settings, endpoint, set, removed, command, by }: Plan): string {
  const { timeoutSeconds, cache } = settings;
  const lines = [
    ...settings.decisions.map(({ field, value, from }) => `${field}: ${value} (${from})`),
    ...defaults(settings, endpoint),
    `timeout: ${timeoutSeconds} s`,
    ...cache ? [`cache: a stored session is reused${describeMinTtl(cache)}`] : [],
    `environment: set ${set.join(", ")}; removed ${removed.join(", ") || "nothing"}`,
    command.length === 0
      ? "command: none; the role is only checked"
      : `command: ${command.map(quoteWord).join(" ")} (${HOW[by]})`,
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join("");
}

/** The plan for programs: the same as JSON, with the roles as they would be requested. */
export function renderPlanJson({ settings, endpoint: url, set, removed, command, by }: Plan): string {
  const { decisions, region, endpoint, target, timeoutSeconds, expectAccounts, cache } = settings;
  const roles = rolesOf(target).map(({ mfa, sessionName, ...role }) => ({
    ...role,
    sessionName: sessionName.kind === "given" ? sessionName.value : undefined,
    sessionNameFrom: sessionName.kind === "given" ? undefined : "IAM user name",
    serialNumber: mfa?.serialNumber,
  }));
  const plan = {
    decisions,
    ...(target.kind === "roles"
      ? { roles }
      : { narrowed: { policy: target.policy, durationSeconds: target.durationSeconds } }),
    expectAccounts,
    region: region.sts,
    endpoint: { ...endpoint, url },
    timeoutSeconds,
    cache: cache ?? false,
    environment: { set, removed },
    command,
    by,
  };
  return `${JSON.stringify(plan, undefined, 2)}\n`;
}

const HOW: Readonly<Record<RunBy, string>> = {
  spawn: "as a child of arar",
  exec: "replaces arar",
  refresh: "as a child of arar, which renews the session",
};

/** What AWS decides because nothing else did. */
function defaults({ decisions, target }: Settings, endpoint: string): readonly string[] {
  const decided = new Set(decisions.map(({ field }) => field));
  const duration = target.kind === "roles" ? "3600 s (AWS default)" : "until the current session expires";
  return [
    ...decided.has("duration") || rolesOf(target).length > 1 ? [] : [`duration: ${duration}`],
    ...decided.has("endpoint") ? [] : [`endpoint: ${endpoint} (the region's)`],
  ];
}

function describeMinTtl({ minTtlSeconds }: NonNullable<Settings["cache"]>): string {
  return minTtlSeconds === undefined ? "" : ` if it is valid for at least ${minTtlSeconds} s`;
}

/** The word quoted for a POSIX shell, if it has to be. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quotePosix(word);
}
