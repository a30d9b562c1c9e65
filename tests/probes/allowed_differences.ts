/** Everything by which a command can notice arar: the probes compare with this list, and COMPATIBILITY prints it. */

import { MARKER, REMOVED, SET } from "../../lib/variables.ts";

/** How a command is started. */
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

/** Capitalized, unless it begins with a name. */
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
    what: "its parent is arar, and a shell that arar started is in its process group (`/bin/sh -c '... read -r _'`)",
    why:
      "arar waits for the command; by the shell it detects whether a signal went to the whole group, so that each arrives once",
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
    why: "if arar looked it up itself, it might find another file than the one that Deno runs",
    ways: SPAWN,
  },
  {
    what: "it does not start in a working directory that its user may not enter",
    why: "Deno changes to that directory again",
    ways: SPAWN,
  },
  {
    what: "signals 32 and 33, which the C library reserves for itself, are ignored",
    why: "posix_spawn of the GNU C library leaves them ignored",
    ways: SPAWN,
    shown: {
      by: "state",
      field: /^ignores signal 3[23]$/,
      accepts: (bare, seen) => bare === undefined && seen === "yes",
    },
  },
  {
    what: "environment entries without a name are missing, and so are all but the last of several with the same name",
    why: "Deno passes the environment as a map of names to values",
    ways: SPAWN,
    shown: { by: "environment", field: /^env =/, accepts: (bare, seen) => bare !== undefined && seen === undefined },
  },
  {
    what: "`DENO_EXTRA_STDIO_FDS`, `NODE_CHANNEL_FD` and `NODE_CHANNEL_SERIALIZATION_MODE` are missing",
    why: "Deno consumes them",
    ways: BOTH,
    shown: {
      by: "environment",
      field: /^env (DENO_EXTRA_STDIO_FDS|NODE_CHANNEL_\w+)=/,
      accepts: (bare, seen) => bare !== undefined && seen === undefined,
    },
  },
  {
    what: "a `node` that an outer Deno put on `PATH` is missing, under `deno run` except on Linux with `-A`",
    underDenoRun: true,
    why: "`deno run` adds the same one; arar removes it, and cannot tell which Deno it is from",
    ways: BOTH,
  },
  {
    what: "the soft limit on open files is raised to the hard one, under `deno run`",
    underDenoRun: true,
    why: "`deno run` raises it and does not record the old value",
    ways: BOTH,
    shown: { by: "state", field: /^Max open files$/, accepts: (bare, seen) => hardLimit(bare) === hardLimit(seen) },
  },
  {
    what: "standard streams that were closed are open on the null device",
    why: "Deno opens them so that none of its own files takes their place",
    ways: BOTH,
    shown: { by: "state", field: /^fd [012]$/, accepts: (bare, seen) => bare === undefined && seen === "/dev/null" },
  },
  {
    what: "SIGPIPE has its default action, even if the caller ignores it",
    why: "Deno itself ignores it, so arar cannot tell whether the caller did",
    ways: BOTH,
    shown: { by: "state", field: /^ignores signal 13$/, accepts: (bare, seen) => bare === "yes" && seen === undefined },
  },
  {
    what: "SIGCHLD has its default action, even if the caller ignores it",
    why: "otherwise arar could not learn how the command ended",
    ways: SPAWN,
    shown: { by: "state", field: /^ignores signal 17$/, accepts: (bare, seen) => bare === "yes" && seen === undefined },
  },
  {
    what: "a standard stream that the command closes stays open until the command ends",
    why: "arar has a copy of it, so the reader sees the end of the stream only then",
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
      "SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2)",
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
    what: "as process 1 of a container, arar does not reap orphans, and the command is not process 1",
    why: "use `--exec`, or an init such as `docker run --init`",
    ways: SPAWN,
  },
  {
    what: "if it dumps core, arar's own wait status does not say `core dumped`",
    why: "arar dies of the same signal without dumping core itself, since the file would contain credentials",
    ways: SPAWN,
  },
];

function hardLimit(value: string | undefined): string | undefined {
  return value?.split(/\s+/)[1];
}
