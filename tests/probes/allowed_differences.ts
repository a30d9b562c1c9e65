/**
 * What a command can tell behind arar, all of it: the list that the probes are compared against and that README prints.
 * Must not know how a probe looks: it names the field in which a difference shows.
 */

/** How a command is handed over. */
export type Way = "spawn" | "exec";

/** One thing that differs behind arar. */
export interface AllowedDifference {
  readonly what: string;
  readonly why: string;
  readonly ways: readonly Way[];
  /** Where the probes show it, and what they may show; absent for what no comparison of fields can show. */
  readonly shown?: {
    readonly by: "state" | "environment";
    readonly field: RegExp;
    readonly accepts: (bare: string | undefined, seen: string | undefined) => boolean;
  };
}

const BOTH: readonly Way[] = ["spawn", "exec"];
const SPAWN: readonly Way[] = ["spawn"];

/** The whole list, the most visible first. */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  {
    what: "the documented AWS_* and ARAR_* variables",
    why: "they are the purpose",
    ways: BOTH,
    shown: { by: "environment", field: /^env (AWS|ARAR)_/, accepts: () => true },
  },
  {
    what: "its parent is arar, and a second child of arar's, `/bin/sh -c '… read -r _ …'`, is in its process group",
    why: "arar waits for it; the shell shows whether a signal went to the whole group, so that each arrives once",
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
    why: "arar holds its own copy: a reader sees the end of the file only then",
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
