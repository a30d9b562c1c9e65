/**
 * Relays signals to the command, each exactly once.
 *
 * A signal to the whole process group reaches the command without us, one to arar alone does not. The canary, a process
 * in the same group, tells the two apart; without one, a heuristic does.
 */

import type { System } from "../system.ts";
import type { Canary, Child, PosixSignal, SignalName } from "../system/processes.ts";

/** The part of the system that relaying signals needs. */
export type SignalsSystem = Pick<
  System,
  "hasTerminal" | "onSignal" | "os" | "pid" | "processGroup" | "sleep" | "startCanary"
>;

/** A running relay. */
export interface Relay {
  /** Starts the command and relays signals to it from now on, including those that arrived too early to reach it. */
  start(spawn: () => Child): Child;
  /** Stops relaying. Signals are still caught: none must kill us before we have cleaned up and ended like the command. */
  stop(): void;
}

const RELAYED: readonly PosixSignal[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

// Ctrl-C and Ctrl-Break reach every process of the console: we only have to survive them.
const WINDOWS: readonly SignalName[] = ["SIGBREAK", "SIGHUP", "SIGINT"];

/**
 * How much later than us the canary may get a signal to the group, in ms: systemd and Jenkins signal one process at a
 * time.
 */
const GRACE = 100;
const STEP = 5;

/** Starts listening. Call it before starting the command, so that no signal in between takes its default action. */
export function startRelay(system: SignalsSystem): Relay {
  if (system.os === "windows") {
    for (const signal of WINDOWS) system.onSignal(signal, () => {});
    return { start: (spawn) => spawn(), stop: () => {} };
  }
  const relayed = relayedSignals(system);
  const judge = new Judge(system, relayed);
  let child: Child | undefined;
  for (const signal of relayed) {
    system.onSignal(signal, () => child && void relaySignal(system, judge, child, signal));
  }
  return {
    start(spawn) {
      judge.beforeSpawn();
      const started = child = spawn();
      for (const signal of judge.missed(started)) void passOn(judge, started, signal);
      return started;
    },
    stop() {
      child = undefined;
      judge.stop();
    },
  };
}

/**
 * SIGTSTP, SIGCONT and the like are left alone: by default they stop and resume us together with the command. Some
 * servers treat SIGWINCH as a request, but on a terminal it goes to the whole group, many times a second.
 */
function relayedSignals(system: SignalsSystem): readonly PosixSignal[] {
  return system.hasTerminal() ? RELAYED : [...RELAYED, "SIGWINCH"];
}

async function relaySignal(system: SignalsSystem, judge: Judge, child: Child, signal: PosixSignal): Promise<void> {
  if (!judge.begin(signal)) return;
  const reached = await judge.reachedGroup(signal) && isInOurGroup(system, child);
  if (!reached) child.kill(signal);
  await judge.settle(signal);
}

/** Relays a signal that came before the command did. If Deno reports it to us later, that counts as the same one. */
async function passOn(judge: Judge, child: Child, signal: PosixSignal): Promise<void> {
  if (!judge.begin(signal)) return;
  child.kill(signal);
  await judge.settle(signal);
}

/** A command may leave our group, as an interactive shell does; signals to our group then miss it. */
function isInOurGroup(system: SignalsSystem, child: Child): boolean {
  const group = system.processGroup(child.pid);
  return group === undefined || group === system.processGroup(system.pid);
}

/**
 * Tells signals to the group from signals to us alone. Signals of the same kind that arrive while one is being judged
 * count as one: `timeout` signals its child and then its group, and the kernel itself merges pending signals.
 */
class Judge {
  readonly #system: SignalsSystem;
  readonly #signals: readonly PosixSignal[];
  readonly #arrived = new Map<PosixSignal, number>();
  #canary: Canary | undefined;
  #heard = false;
  #isStopped = false;
  #pid = 0;

  constructor(system: SignalsSystem, signals: readonly PosixSignal[]) {
    this.#system = system;
    this.#signals = signals;
    // Not long before the command: an earlier signal would stay pending and look like a later one.
    this.#canary = system.startCanary(signals);
  }

  beforeSpawn(): void {
    this.#canary?.beforeSpawn();
  }

  /** The signals that came before the command. Call it once, as soon as the command has been started. */
  missed({ pid }: Child): readonly PosixSignal[] {
    this.#pid = pid;
    return this.#canary?.afterSpawn(pid) ?? [];
  }

  /** Whether this is a new signal and not part of one that is being judged. */
  begin(signal: PosixSignal): boolean {
    const arrived = this.#arrived.get(signal) ?? 0;
    this.#arrived.set(signal, arrived + 1);
    return arrived === 0;
  }

  async reachedGroup(signal: PosixSignal): Promise<boolean> {
    for (let waited = 0;; waited += STEP) {
      const heard = this.#canary?.heard(signal);
      if (heard === undefined) return this.#isFromKeyboard(signal);
      if (heard || waited >= GRACE) return heard;
      await this.#system.sleep(STEP, { unref: true });
    }
  }

  /** Waits until no more signals of this kind arrive, then replaces a canary that has heard one. */
  async settle(signal: PosixSignal): Promise<void> {
    const canary = this.#canary;
    this.#heard ||= canary?.heard(signal) !== false;
    for (let seen = 0; this.#heard && seen !== this.#arrived.get(signal);) {
      seen = this.#arrived.get(signal) ?? 0;
      await this.#system.sleep(GRACE, { unref: true });
    }
    this.#arrived.delete(signal);
    if (this.#heard && this.#arrived.size === 0 && !this.#isStopped) this.#renew();
  }

  stop(): void {
    this.#isStopped = true;
    this.#canary?.stop();
  }

  /** Without a canary: Ctrl-C and Ctrl-\ were most likely typed, so they have reached the command. */
  #isFromKeyboard(signal: PosixSignal): boolean {
    return (signal === "SIGINT" || signal === "SIGQUIT") && this.#system.hasTerminal();
  }

  #renew(): void {
    const old = this.#canary;
    // The new one first, so that nothing is missed in between.
    this.#canary = this.#system.startCanary(this.#signals);
    this.#canary?.afterSpawn(this.#pid);
    this.#heard = false;
    old?.stop();
  }
}
