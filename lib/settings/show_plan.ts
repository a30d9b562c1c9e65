/**
 * The plan of a run as text: what would be done, with which values and why, as `--dry-run` and `--print plan` show it.
 * It must not know how a plan is made, and asks nobody anything.
 *
 * @module
 */

import { escapeControls } from "../errors.ts";
import type { Settings } from "../settings.ts";
import type { RunBy } from "./action.ts";
import { quotePosix } from "../use/print.ts";

/** What is shown, with no secret left in it. */
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
  const lines = [
    ...settings.decisions.map(({ field, value, from }) => `${field}: ${value} (${from})`),
    ...defaults(settings, endpoint),
    `environment: set ${set.join(", ")}; removed ${removed.join(", ") || "nothing"}`,
    ...settings.cache ? ["cache: a session of an earlier run is used, if there is one"] : [],
    command.length === 0
      ? "command: none, the role is assumed as a check"
      : `command: ${command.map(quoteWord).join(" ")} (${HOW[by]})`,
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join("");
}

/** The plan for programs. */
export function renderPlanJson({ settings, endpoint: url, set, removed, command, by }: Plan): string {
  const { decisions, region, endpoint, cache } = settings;
  const roles = settings.roles.map(({ mfa, sessionName, ...role }) => ({
    ...role,
    sessionName: sessionName.kind === "given" ? sessionName.value : undefined,
    sessionNameFrom: sessionName.kind === "given" ? undefined : "IAM user name",
    serialNumber: mfa?.serialNumber,
  }));
  const environment = { set, removed };
  const plan = {
    decisions,
    roles,
    region: region.sts,
    endpoint: { ...endpoint, url },
    cache: cache !== undefined,
    environment,
    command,
    by,
  };
  return `${JSON.stringify(plan, undefined, 2)}\n`;
}

const HOW: Readonly<Record<RunBy, string>> = {
  spawn: "run beside arar",
  exec: "run in place of arar",
  refresh: "run beside arar, which renews the session",
};

/** What nobody decided is left to AWS. */
function defaults({ decisions, roles }: Settings, endpoint: string): readonly string[] {
  const decided = new Set(decisions.map(({ field }) => field));
  return [
    ...decided.has("duration") || roles.length > 1 ? [] : ["duration: 3600 s (default of AWS)"],
    ...decided.has("endpoint") ? [] : [`endpoint: ${endpoint} (of the region)`],
  ];
}

/** The word as a POSIX shell would take it, quoted only where that is needed. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quotePosix(word);
}
