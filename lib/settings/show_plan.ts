/**
 * The plan of a run as text: what would be done, with which values and why, as `--dry-run` and `--print plan` show it.
 *
 * @module
 */

import { rolesOf } from "../aws/role_request.ts";
import { quotePosix } from "../cli/shell_quotes.ts";
import { escapeControls } from "../errors.ts";
import type { RunBy } from "./action.ts";
import type { Settings } from "./settings.ts";

/** What is shown. */
export interface Plan {
  readonly settings: Settings;
  /** Where STS would be asked. */
  readonly endpoint: string;
  /** Names that the command gets. */
  readonly set: readonly string[];
  /** Names that it has and would lose. */
  readonly removed: readonly string[];
  readonly command: readonly string[];
  readonly by: RunBy;
}

/** The plan for people, a line for each decision. */
export function renderPlanText({ settings, endpoint, set, removed, command, by }: Plan): string {
  const { timeoutSeconds, cache } = settings;
  const lines = [
    ...settings.decisions.map(({ field, value, from }) => `${field}: ${value} (${from})`),
    ...defaults(settings, endpoint),
    `timeout: ${timeoutSeconds} s`,
    ...cache ? [`cache: a session of an earlier run is reused${describeMinTtl(cache)}`] : [],
    `environment: set ${set.join(", ")}; removed ${removed.join(", ") || "nothing"}`,
    command.length === 0
      ? "command: none, this is only a check"
      : `command: ${command.map(quoteWord).join(" ")} (${HOW[by]})`,
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join("");
}

/** The plan for programs: the same, with the roles as they are asked for. */
export function renderPlanJson({ settings, endpoint: url, set, removed, command, by }: Plan): string {
  const { decisions, region, endpoint, target, timeoutSeconds, expectAccounts, cache } = settings;
  const roles = rolesOf(target).map(({ mfa, sessionName, passed, ...role }) => ({
    ...role,
    ...passed,
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
  spawn: "beside arar",
  exec: "in place of arar",
  refresh: "beside arar, which renews the session",
};

/** What nobody decided is left to AWS. */
function defaults({ decisions, target }: Settings, endpoint: string): readonly string[] {
  const decided = new Set(decisions.map(({ field }) => field));
  const duration = target.kind === "roles" ? "3600 s (default of AWS)" : "until the session that is narrowed ends";
  return [
    ...decided.has("duration") || rolesOf(target).length > 1 ? [] : [`duration: ${duration}`],
    ...decided.has("endpoint") ? [] : [`endpoint: ${endpoint} (of the region)`],
  ];
}

function describeMinTtl({ minTtlSeconds }: NonNullable<Settings["cache"]>): string {
  return minTtlSeconds === undefined ? "" : ` if it has ${minTtlSeconds} s left`;
}

/** The word as a POSIX shell would take it, quoted only where that is needed. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quotePosix(word);
}
