/**
 * What a command can tell behind arar, all of it: the list that the probes are compared against and that README prints.
 * Must not know how a probe looks: it names the field in which a difference shows.
 */

import { REMOVED, SET } from "../../lib/variables.ts";

/** How a command is handed over. */
export type Way = "spawn" | "exec";

/** One thing that differs behind arar. */
export interface AllowedDifference {
  readonly what: string;
  readonly why: string;
  readonly ways: readonly Way[];
  /** Not with the release binary. */
  readonly underDenoRun?: true;
  /** Where the probes show it, and what they may show; absent for what no comparison of fields can show. */
  readonly shown?: {
    readonly by: "state" | "environment";
    readonly field: RegExp;
    readonly accepts: (bare: string | undefined, seen: string | undefined) => boolean;
  };
}

/** Entries of the environment by the names that arar sets and removes. */
function documentedNames(): RegExp {
  const names = [...SET, "AWS_REGION", "AWS_DEFAULT_REGION", ...REMOVED.map(({ name }) => name)];
  return new RegExp(`^env (${names.join("|")})=`);
}

/** The list as README prints it. */
export function renderAllowedDifferences(): string {
  const points = (isMeant: (ways: readonly Way[]) => boolean) =>
    ALLOWED_DIFFERENCES.filter(({ ways }) => isMeant(ways)).map(({ what, why }) =>
      `- ${sentence(what)} ${sentence(why)}`
    );
  return [
    "Both by default and with `--exec`:",
    "",
    ...points((ways) => ways.includes("exec")),
    "",
    "By default, where arar stays beside the command, furthermore:",
    "",
    ...points((ways) => !ways.includes("exec")),
  ].join("\n");
}

/** Names keep their first letter as it is. */
function sentence(text: string): string {
  return `${/^(argv|arar|posix_spawn)/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const BOTH: readonly Way[] = ["spawn", "exec"];
const SPAWN: readonly Way[] = ["spawn"];

/** The whole list, the most visible first. */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  {
    what: "the variables named above",
    why: "they are what arar is for",
    ways: BOTH,
    shown: { by: "environment", field: documentedNames(), accepts: () => true },
  },
  {
    what:
      "its parent is arar, and beside it in its process group waits a shell of arar's (`/bin/sh -c '... read -r _'`)",
    why:
      "arar waits for the command; the shell shows whether a signal went to the whole group, so that each arrives once",
    ways: SPAWN,
    shown: { by: "state", field: /^parent$/, accepts: (bare, seen) => bare === "the caller" && seen === "arar" },
  },
  {
    what: "its process id is not that of arar, so it is not the leader of a process group or session of its own",
    why: "arar keeps the id that its caller knows",
    ways: SPAWN,
    shown: { by: "state", field: /^leads /, accepts: (bare, seen) => bare === "yes" && seen === "no" },
  },
  {
    what: "argv[0] is the absolute path",
    why: "Deno looks the command up and offers no way to name it otherwise",
    ways: SPAWN,
    shown: {
      by: "state",
      field: /^argv\[0\]$/,
      accepts: (bare, seen) => bare !== undefined && seen?.startsWith("/") === true && seen.endsWith(`/${bare}`),
    },
  },
  {
    what:
      "it is looked up by Deno: without `PATH` nothing is found, a file on `PATH` that is not executable is passed over " +
      "(127, not 126) and of `a/../b` only `b` is left, even if `a` is a link to elsewhere",
    why: "an own search could find another file than the one that is then run",
    ways: SPAWN,
  },
  {
    what: "signals 32 and 33, which the C library keeps to itself, are ignored",
    why: "posix_spawn of the GNU C library leaves them so",
    ways: SPAWN,
    shown: {
      by: "state",
      field: /^ignores signal 3[23]$/,
      accepts: (bare, seen) => bare === undefined && seen === "yes",
    },
  },
  {
    what: "entries of the environment that have no name, or the name of a later one, are missing",
    why: "Deno hands the environment over as names and values",
    ways: SPAWN,
    shown: { by: "environment", field: /^env =/, accepts: (bare, seen) => bare !== undefined && seen === undefined },
  },
  {
    what: "the soft limit of open files is the hard one, under `deno run` (not with the release binary)",
    underDenoRun: true,
    why: "`deno run` raises it for itself and does not remember what it was",
    ways: BOTH,
    shown: { by: "state", field: /^Max open files$/, accepts: (bare, seen) => hardLimit(bare) === hardLimit(seen) },
  },
  {
    what: "standard streams that were closed are open on the null device",
    why: "Deno opens them so, lest a file of its own takes their place",
    ways: BOTH,
    shown: { by: "state", field: /^fd [012]$/, accepts: (bare, seen) => bare === undefined && seen === "/dev/null" },
  },
  {
    what: "SIGPIPE ignored by the caller has its default meaning again",
    why: "Deno ignores it for itself and cannot tell who did first",
    ways: BOTH,
    shown: { by: "state", field: /^ignores signal 13$/, accepts: (bare, seen) => bare === "yes" && seen === undefined },
  },
  {
    what: "SIGCHLD ignored by the caller has its default meaning again",
    why: "arar could not learn how the command ended",
    ways: SPAWN,
    shown: { by: "state", field: /^ignores signal 17$/, accepts: (bare, seen) => bare === "yes" && seen === undefined },
  },
  {
    what: "a stream that the command closes or passes on stays open until the command ends",
    why: "arar holds its own copy, so a reader sees the end of the file only then",
    ways: SPAWN,
  },
  {
    what:
      "`suspend` of an inner shell, or SIGSTOP and SIGTSTP sent to the command or to arar alone, stop that one only",
    why: "Deno does not tell when a child stops; Ctrl-Z stops both",
    ways: SPAWN,
  },
  {
    what: "SIGKILL and SIGSTOP to arar alone do not reach it, nor do signals that arar does not relay " +
      "(other than SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 and, without a terminal, SIGWINCH)",
    why: "the first two cannot be caught; the others are not sent to programs from outside",
    ways: SPAWN,
  },
  {
    what: "SIGUSR1 to arar alone does not reach it, under `deno run` (it does with the release binary)",
    underDenoRun: true,
    why: "Deno answers it with a debugger, which arar closes by not hearing the signal",
    ways: SPAWN,
  },
  {
    what: "a core file is the command's, yet the status that arar ends with does not say `core dumped`",
    why: "arar dies of the same signal without a core of its own, which would hold credentials",
    ways: SPAWN,
  },
];

function hardLimit(value: string | undefined): string | undefined {
  return value?.split(/\s+/)[1];
}
