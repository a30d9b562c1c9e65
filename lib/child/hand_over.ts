/**
 * Hands over to the command: as a child, as if arar were not there, or with `--exec` in place of arar.
 *
 * Signals reach the child exactly once. One to the whole process group reaches it without us, one to arar alone does not.
 * The canary, a process in the same group, tells the two apart; without one, a heuristic does.
 */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";
import type { Canary, Child, ChildEnd, PosixSignal, SignalName } from "../system/processes.ts";
import { exactArguments } from "./command.ts";
import { endLike, startFailure, type StartSystem } from "./status.ts";

/** The part of the system that running a command needs. */
export type SpawnSystem =
  & StartSystem
  & Pick<System, "dieBySignal" | "isStopped" | "onSignal" | "pid" | "processGroup" | "resume" | "sleep" | "spawn">
  & Pick<System, "hasTerminal" | "startCanary" | "stopSelf">;

/** Runs the command and ends like it: returns its exit code, or dies of the signal that killed it. */
export async function runChild(system: SpawnSystem, command: readonly string[]): Promise<number> {
  return await endLike(system, await waitForChild(system, command));
}

/**
 * Runs the command and returns how it ended, for a caller that has to clean up before it ends the same way. `prepare`
 * is called right before the start, and the function it returns right after.
 */
export async function waitForChild(
  system: SpawnSystem,
  command: readonly string[],
  prepare: () => () => void = () => () => {},
): Promise<ChildEnd> {
  const relay = startRelay(system);
  try {
    // Signals are caught by now, so whatever is prepared will also be cleaned up.
    const undo = prepare();
    const child = relay.start(() => spawn(system, command));
    stopTogether(system, child);
    undo();
    return await child.ended;
  } finally {
    relay.stop();
  }
}

function spawn(system: SpawnSystem, command: readonly string[]): Child {
  try {
    return system.spawn(command);
  } catch (error) {
    throw startFailure(system, command, error);
  }
}

/** Refuses `--exec` if it cannot work. Call it before requesting credentials. */
export function requireExec(system: Pick<System, "canReplaceProcess">): void {
  if (system.canReplaceProcess()) return;
  throw new ArarError("--exec needs the C library, which is not permitted or cannot be loaded", {
    hints: ["run arar with -A, or with --allow-ffi", "or drop --exec (and ARAR_EXEC)"],
  });
}

/** Replaces arar with the command; never returns. */
export function execCommand(
  system: StartSystem & Pick<System, "commandLine" | "replaceProcess">,
  command: readonly string[],
): never {
  const errno = system.replaceProcess(exactArguments(system, command));
  throw startFailure(system, command, errno);
}

/** A running relay. */
export interface Relay {
  /** Starts the command and relays signals to it from now on, including those that arrived too early to reach it. */
  start(spawn: () => Child): Child;
  /** Stops relaying. Signals are still caught: none must kill us before we have cleaned up and ended like the command. */
  stop(): void;
}

/**
 * SIGTSTP, SIGCONT and the like are left alone: by default they stop and resume us together with the command. SIGWINCH
 * is sent by a terminal, to the whole group.
 */
const RELAYED: readonly PosixSignal[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

// Ctrl-C and Ctrl-Break reach every process of the console: we only have to survive them.
const WINDOWS: readonly SignalName[] = ["SIGBREAK", "SIGHUP", "SIGINT"];

/**
 * How much later than us the rest of the group may get a signal, in ms: systemd and Jenkins signal one process at a
 * time.
 */
const GRACE = 100;

/** How long the canary may take to answer, in ms. It does not while it is stopped. */
const PATIENCE = 10_000;

/** Starts listening. Call it before starting the command, so that no signal in between takes its default action. */
export function startRelay(system: SpawnSystem): Relay {
  if (system.os === "windows") {
    for (const signal of WINDOWS) system.onSignal(signal, () => {});
    return { start: (spawn) => spawn(), stop: () => {} };
  }
  const group = new GroupWatch(system);
  // Signals of the same kind that arrive while one is being judged count as one, as in the kernel.
  const judged = new Set<PosixSignal>();
  let child: Child | undefined;
  const relay = async (signal: PosixSignal) => {
    if (judged.has(signal)) return;
    judged.add(signal);
    const isReached = await group.gotToo(signal);
    judged.delete(signal);
    if (child && !(isReached && isInOurGroup(system, child))) child.kill(signal);
  };
  for (const signal of RELAYED) system.onSignal(signal, () => child && void relay(signal));
  return {
    start(spawn) {
      const started = child = spawn();
      group.start();
      return started;
    },
    stop() {
      child = undefined;
      group.stop();
    },
  };
}

/** A command may leave our group, as an interactive shell does; signals to our group then miss it. */
function isInOurGroup(system: SpawnSystem, child: Child): boolean {
  const group = system.processGroup(child.pid);
  return group === undefined || group === system.processGroup(system.pid);
}

/** Tells signals to the group from signals to us alone, by a canary that is replaced when it has died of one. */
class GroupWatch {
  readonly #system: SpawnSystem;
  #canary: Canary | undefined;
  /** Signals to the group within the last moments. */
  #recent = 0;
  #isStopped = false;

  constructor(system: SpawnSystem) {
    this.#system = system;
  }

  /** Call it right after the command was started: whatever comes earlier must look as if sent to us alone. */
  start(): Canary | undefined {
    const canary = this.#canary = this.#system.startCanary();
    if (canary) void this.#replaceOnceKilled(canary);
    return canary;
  }

  stop(): void {
    this.#isStopped = true;
    this.#canary?.stop();
  }

  /**
   * Whether the group has got this signal, too. After a signal to the group, whatever comes next at once counts as sent
   * to the group: `timeout` signals its child and then its group, and systemd may send SIGHUP right after SIGTERM.
   */
  async gotToo(signal: PosixSignal): Promise<boolean> {
    const { sleep } = this.#system;
    const canary = this.#canary;
    if (this.#recent > 0) return true;
    await Promise.race([sleep(GRACE, { unref: true }), ...(canary ? [canary.killed] : [])]);
    if (!canary) return this.#isFromKeyboard(signal);
    const isAlive = await Promise.race([canary.answers(), sleep(PATIENCE, { unref: true }).then(() => true)]);
    return !isAlive && isRelayed(await canary.killed);
  }

  /** Without a canary: Ctrl-C and Ctrl-\ were most likely typed, so they have reached the command. */
  #isFromKeyboard(signal: PosixSignal): boolean {
    return (signal === "SIGINT" || signal === "SIGQUIT") && this.#system.hasTerminal();
  }

  async #replaceOnceKilled(canary: Canary): Promise<void> {
    const isToGroup = isRelayed(await canary.killed);
    this.#canary = undefined;
    if (!isToGroup || this.#isStopped) return;
    const next = this.start();
    this.#recent++;
    await this.#system.sleep(GRACE, { unref: true });
    // On a busy machine a signal from before the new one existed is reported late, but not after its first answer.
    await next?.answers();
    this.#recent--;
  }
}

/** Whether a canary died of one of these signals. What ends for another reason is not replaced. */
function isRelayed(signal: string | null): boolean {
  return RELAYED.some((name) => name === signal);
}

/**
 * Makes `suspend` in an inner shell work: from now on arar stops with the command, and both resume as one job of the
 * outer shell.
 *
 * An interactive shell moves to its own process group. The outer shell does not notice when that group is stopped: it
 * waits for arar, and the terminal belongs to a stopped group. A command in our group needs none of this, since Ctrl-Z
 * and `fg` reach both of us.
 */
export function stopTogether(system: SpawnSystem, child: Child): void {
  if (system.os === "windows" || !system.hasTerminal()) return;
  const stoppedGroup = () => {
    const group = system.processGroup(child.pid);
    return group !== system.processGroup(system.pid) && system.isStopped(child.pid) ? group : undefined;
  };
  let isStopped = false;
  const follow = () => {
    // Once until SIGCONT: a second SIGCHLD may be reported when arar has been resumed, but the command has not.
    if (isStopped || stoppedGroup() === undefined) return;
    isStopped = true;
    system.stopSelf();
  };
  system.onSignal("SIGCHLD", follow);
  system.onSignal("SIGCONT", () => {
    isStopped = false;
    const group = stoppedGroup();
    if (group !== undefined) system.resume(group);
  });
  // On a busy machine the command may have stopped before anybody listened.
  follow();
}
