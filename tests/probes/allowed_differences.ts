/** Everything a command can notice of arar: the list that the probes compare against and that COMPATIBILITY prints. */

import { MARKER, REMOVED, SET } from "../../lib/variables.ts";

/** How a command is handed over. */
export type Way = "spawn" | "exec";

/** One difference. */
export interface AllowedDifference {
  readonly what: string;
  readonly why: string;
  readonly ways: readonly Way[];
  /** Not with the release binary. */
  readonly underDenoRun?: true;
  /** Where the probes see it, and what they may see; absent if no comparison of fields can show it. */
  readonly shown?: {
    readonly by: "state" | "environment";
    readonly field: RegExp;
    readonly accepts: (bare: string | undefined, seen: string | undefined) => boolean;
  };
}

/** Entries of the environment by the names that arar sets and removes. */
function documentedNames(): RegExp {
  const names = [...SET, MARKER, "AWS_REGION", "AWS_DEFAULT_REGION", ...REMOVED.map(({ name }) => name)];
  return new RegExp(`^env (${names.join("|")})=`);
}

/** The list as COMPATIBILITY prints it. */
export function renderAllowedDifferences(): string {
  const points = (isMeant: (ways: readonly Way[]) => boolean) =>
    ALLOWED_DIFFERENCES.filter(({ ways }) => isMeant(ways)).map(({ what, why }) =>
      `- ${sentence(what)} ${sentence(why)}`
    );
  return [
    "By default and with `--exec`:",
    "",
    ...points((ways) => ways.includes("exec")),
    "",
    "Only by default, where arar stays beside the command:",
    "",
    ...points((ways) => !ways.includes("exec")),
  ].join("\n");
}

/** Names keep their first letter. */
function sentence(text: string): string {
  return `${/^(argv|arar|posix_spawn)/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const BOTH: readonly Way[] = ["spawn", "exec"];
const SPAWN: readonly Way[] = ["spawn"];

/** The whole list, the most visible first. */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  {
    what: "variables are set and removed, as the reference lists",
    why: "that is what arar is for",
    ways: BOTH,
    shown: { by: "environment", field: documentedNames(), accepts: () => true },
  },
  {
    what: "its parent is arar, and a shell of arar's waits in its process group (`/bin/sh -c '... read -r _'`)",
    why:
      "arar waits for the command; the shell shows whether a signal went to the whole group, so that each arrives once",
    ways: SPAWN,
    shown: { by: "state", field: /^parent$/, accepts: (bare, seen) => bare === "the caller" && seen === "arar" },
  },
  {
    what: "its process id is not arar's, so it does not lead a process group or session",
    why: "arar keeps the id that its caller knows",
    ways: SPAWN,
    shown: { by: "state", field: /^leads /, accepts: (bare, seen) => bare === "yes" && seen === "no" },
  },
  {
    what: "argv[0] is the absolute path",
    why: "Deno looks the command up and cannot pass another name",
    ways: SPAWN,
    shown: {
      by: "state",
      field: /^argv\[0\]$/,
      accepts: (bare, seen) => bare !== undefined && seen?.startsWith("/") === true && seen.endsWith(`/${bare}`),
    },
  },
  {
    what:
      "Deno looks it up: without `PATH` nothing is found, a file on `PATH` that is not executable is skipped (127 instead of " +
      "126), and `a/../b` becomes `b` even if `a` is a link to elsewhere",
    why: "a lookup of arar's own might find another file than the one that is then run",
    ways: SPAWN,
  },
  {
    what: "it does not start in a working directory that its user may not enter",
    why: "Deno changes to that directory once more",
    ways: SPAWN,
  },
  {
    what: "signals 32 and 33, which the C library reserves for itself, are ignored",
    why: "posix_spawn of the GNU C library leaves them so",
    ways: SPAWN,
    shown: {
      by: "state",
      field: /^ignores signal 3[23]$/,
      accepts: (bare, seen) => bare === undefined && seen === "yes",
    },
  },
  {
    what: "environment entries without a name are missing, and of several with the same name all but the last",
    why: "Deno passes the environment on as names and values",
    ways: SPAWN,
    shown: { by: "environment", field: /^env =/, accepts: (bare, seen) => bare !== undefined && seen === undefined },
  },
  {
    what: "`DENO_EXTRA_STDIO_FDS`, `NODE_CHANNEL_FD` and `NODE_CHANNEL_SERIALIZATION_MODE` are missing",
    why: "Deno takes them as addressed to itself",
    ways: BOTH,
    shown: {
      by: "environment",
      field: /^env (DENO_EXTRA_STDIO_FDS|NODE_CHANNEL_\w+)=/,
      accepts: (bare, seen) => bare !== undefined && seen === undefined,
    },
  },
  {
    what: "a `node` that another Deno around arar put on `PATH` is gone, under `deno run` except on Linux with `-A`",
    underDenoRun: true,
    why: "`deno run` puts the same there, which arar undoes, and it cannot see whose it was",
    ways: BOTH,
  },
  {
    what: "the soft limit on open files is raised to the hard one, under `deno run`",
    underDenoRun: true,
    why: "`deno run` raises it for itself and does not keep what it was",
    ways: BOTH,
    shown: { by: "state", field: /^Max open files$/, accepts: (bare, seen) => hardLimit(bare) === hardLimit(seen) },
  },
  {
    what: "standard streams that were closed are open on the null device",
    why: "Deno opens them, so that no file of its own takes their place",
    ways: BOTH,
    shown: { by: "state", field: /^fd [012]$/, accepts: (bare, seen) => bare === undefined && seen === "/dev/null" },
  },
  {
    what: "SIGPIPE, if the caller ignores it, is back to its default",
    why: "Deno ignores it for itself and cannot tell who did so first",
    ways: BOTH,
    shown: { by: "state", field: /^ignores signal 13$/, accepts: (bare, seen) => bare === "yes" && seen === undefined },
  },
  {
    what: "SIGCHLD, if the caller ignores it, is back to its default",
    why: "otherwise arar could not learn how the command ended",
    ways: SPAWN,
    shown: { by: "state", field: /^ignores signal 17$/, accepts: (bare, seen) => bare === "yes" && seen === undefined },
  },
  {
    what: "a standard stream that the command closes stays open until the command ends",
    why: "arar holds a copy, so its reader sees the end only then",
    ways: SPAWN,
  },
  {
    what: "SIGSTOP or SIGTSTP sent to the command or to arar alone stops only that one",
    why: "Ctrl-Z, and `suspend` in an inner shell (with `-A`), stop both",
    ways: SPAWN,
  },
  {
    what:
      "SIGKILL and SIGSTOP sent to arar alone do not reach it, nor do signals that arar does not relay (it relays SIGHUP, " +
      "SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 and, without a terminal, SIGWINCH)",
    why: "the first two cannot be caught; the others are not normally sent from outside",
    ways: SPAWN,
  },
  {
    what: "SIGUSR1 sent to arar alone does not reach it, under `deno run`",
    underDenoRun: true,
    why: "Deno would open a debugger on it, so arar ignores it",
    ways: SPAWN,
  },
  {
    what: "as process 1 of a container arar does not reap orphans, and the command is not process 1",
    why: "use `--exec`, or an init such as `docker run --init`",
    ways: SPAWN,
  },
  {
    what: "if it dumps core, the status that arar ends with does not say `core dumped`",
    why: "arar dies of the same signal without a core file of its own, which would hold credentials",
    ways: SPAWN,
  },
];

function hardLimit(value: string | undefined): string | undefined {
  return value?.split(/\s+/)[1];
}
