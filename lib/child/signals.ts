/**
 * Which signals are passed on to the command, and when: each exactly once.
 * It must not know how the command was started or how it ends.
 *
 * A signal to the whole process group reaches the command without us, one to arar alone does not. The canary tells which it was; where
 * there is none, a rule of thumb does.
 *
 * @module
 */

import type { System } from "../system.ts";
import type { Canary, Child, PosixSignal, SignalName } from "../system/processes.ts";

/** What relaying signals needs of the system. */
export type SignalsSystem = Pick<
  System,
  | "hasTerminal"
  | "onSignal"
  | "os"
  | "pid"
  | "processGroup"
  | "sleep"
  | "startCanary"
>;

/** Signals on their way to the command. */
export interface Relay {
  /** Names the command; to be called in the same turn as the relay was started in. */
  to(child: Child): void;
  /** Hears no signal any more. */
  stop(): void;
}

const RELAYED: readonly PosixSignal[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

// Ctrl-C and Ctrl-Break reach every process of the console: it is enough to outlive them.
const WINDOWS: readonly SignalName[] = ["SIGBREAK", "SIGHUP", "SIGINT"];

/** How long a signal to the group may take from us to the canary: systemd and Jenkins send it to one process after the other. */
const GRACE = 100;
const STEP = 5;

/**
 * Begins to hear signals. To be called before the command is started, so that none arrives in between in its default meaning.
 */
export function startRelay(system: SignalsSystem): Relay {
  if (system.os === "windows") {
    const disposers = WINDOWS.map((signal) => system.onSignal(signal, () => {}));
    return { to: () => {}, stop: () => disposers.forEach((dispose) => dispose()) };
  }
  const relayed = relayedSignals(system);
  const judge = new Judge(system, relayed);
  let child: Child | undefined;
  const disposers = relayed.map((signal) =>
    system.onSignal(signal, () => child && void relaySignal(system, judge, child, signal))
  );
  return {
    to: (started) => child = started,
    stop() {
      child = undefined;
      disposers.forEach((dispose) => dispose());
      judge.stop();
    },
  };
}

/**
 * SIGTSTP, SIGCONT and the like are left alone: their default stops and resumes us together with the command. SIGWINCH is a
 * request to some servers, but on a terminal it goes to the group, many times a second.
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

/** A command may leave our group: an interactive shell does, and then hears nothing that is sent to ours. */
function isInOurGroup(system: SignalsSystem, child: Child): boolean {
  const group = system.processGroup(child.pid);
  return group === undefined || group === system.processGroup(system.pid);
}

/**
 * Tells signals to the group from signals to us. What arrives while one signal of a kind is being judged counts as that one:
 * `timeout` signals its child and then its group, and the system itself merges signals that are still pending.
 */
class Judge {
  readonly #system: SignalsSystem;
  readonly #signals: readonly PosixSignal[];
  readonly #arrived = new Map<PosixSignal, number>();
  #canary: Canary | undefined;
  #heard = false;
  #isStopped = false;

  constructor(system: SignalsSystem, signals: readonly PosixSignal[]) {
    this.#system = system;
    this.#signals = signals;
    // Not before the command: a signal from earlier would stay in it and pass for a later one.
    this.#canary = system.startCanary(signals);
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

  /** Waits until no more of the kind arrive, then has a fresh canary if the old one has heard something. */
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

  /** Without a canary: Ctrl-C and Ctrl-\ are most likely typed, and so have reached the command. */
  #isFromKeyboard(signal: PosixSignal): boolean {
    return (signal === "SIGINT" || signal === "SIGQUIT") &&
      this.#system.hasTerminal();
  }

  #renew(): void {
    const old = this.#canary;
    // First the new one, so that nothing is missed in between.
    this.#canary = this.#system.startCanary(this.#signals);
    this.#heard = false;
    old?.stop();
  }
}
