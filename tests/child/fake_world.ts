/**
 * A fake system with arar, a command and their process group, and a clock moved by hand, for the tests of `lib/child`. It
 * delivers signals and records what is done.
 */
import type { SpawnSystem } from "../../lib/child/hand_over.ts";
import type { Canary, Child, ChildEnd, PosixSignal, SignalName } from "../../lib/system/processes.ts";

interface Timer {
  readonly due: number;
  readonly fire: () => void;
}

/** Differences from an ordinary Linux without a terminal. */
export interface WorldOptions {
  readonly os?: SpawnSystem["os"];
  readonly pid?: number;
  readonly terminal?: boolean;
  /** A slow one takes a second to answer. */
  readonly canary?: "none" | "stopped" | "slow";
  readonly childGroup?: number;
  readonly spawnError?: Error;
  /** Called right before the command is started. */
  readonly beforeSpawn?: (world: World) => void;
}

const GROUP = 10;
const CHILD = 99;

/** Signals are sent and time passes only when a test says so. */
export class World {
  /** What was done, in order: `spawn`, `kill SIGTERM`, `die 2`. */
  readonly actions: string[] = [];
  /** Whether the command is stopped. */
  isStopped = false;
  readonly #options: WorldOptions;
  readonly #listeners = new Map<SignalName, Set<() => void>>();
  readonly #canaries = new Set<(signal: string | null) => void>();
  readonly #ended = Promise.withResolvers<ChildEnd>();
  #timers: Timer[] = [];
  #now = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
  }

  get system(): SpawnSystem {
    const { os = "linux", pid = GROUP, terminal = false, childGroup = GROUP } = this.#options;
    return {
      os,
      pid,
      mayRead: () => true,
      readTextFileSync: () => undefined,
      dieBySignal: (signal) => void this.actions.push(`die ${signal}`),
      hasTerminal: () => terminal,
      onSignal: (signal, listener) => this.#listen(signal, listener),
      processGroup: (asked) => asked === CHILD ? childGroup : GROUP,
      isStopped: () => this.isStopped,
      stopSelf: () => void this.actions.push("stop"),
      resume: (group) => void this.actions.push(`resume ${group}`),
      sleep: (milliseconds) => this.#sleep(milliseconds),
      spawn: (command) => this.#spawn(command),
      startCanary: () => this.#startCanary(),
    };
  }

  /** Signals that have a listener. */
  get heard(): readonly SignalName[] {
    return [...this.#listeners].filter(([, set]) => set.size > 0).map(([name]) => name).sort();
  }

  get canaries(): number {
    return this.#canaries.size;
  }

  /** Sends a signal to arar alone. */
  signalArar(signal: SignalName): void {
    for (const listener of this.#listeners.get(signal) ?? []) listener();
  }

  /** Sends a signal to the whole group; that the command gets it too is not recorded. */
  signalGroup(signal: PosixSignal): void {
    this.killCanary(signal);
    this.signalArar(signal);
  }

  /** Ends the canary alone: by a signal, as when a runner signals one process after the other, or of itself. */
  killCanary(signal: string | null): void {
    for (const end of this.#canaries) end(signal);
  }

  endChild(end: ChildEnd): void {
    this.#ended.resolve(end);
  }

  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await turn();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = next.due;
      next.fire();
      await turn();
    }
    this.#now = until;
  }

  #next(until: number): Timer | undefined {
    return this.#timers.filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0];
  }

  #listen(signal: SignalName, listener: () => void): void {
    const set = this.#listeners.get(signal) ?? new Set();
    this.#listeners.set(signal, set.add(listener));
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((fire) => this.#timers.push({ due: this.#now + milliseconds, fire }));
  }

  #spawn(command: readonly string[]): Child {
    this.#options.beforeSpawn?.(this);
    this.actions.push(`spawn ${command.join(" ")}`);
    if (this.#options.spawnError) throw this.#options.spawnError;
    return {
      pid: CHILD,
      ended: this.#ended.promise,
      kill: (signal) => void this.actions.push(`kill ${signal}`),
    };
  }

  #startCanary(): Canary | undefined {
    if (this.#options.canary === "none") return undefined;
    const { promise: killed, resolve } = Promise.withResolvers<string | null>();
    const end = (signal: string | null) => {
      this.#canaries.delete(end);
      resolve(signal);
    };
    this.#canaries.add(end);
    return {
      killed,
      answers: async () => {
        if (this.#options.canary === "stopped") await new Promise(() => {});
        if (this.#options.canary === "slow") await this.#sleep(1000);
        return this.#canaries.has(end);
      },
      stop: () => end("SIGKILL"),
    };
  }
}

/** Runs all pending microtasks. */
async function turn(): Promise<void> {
  for (let step = 0; step < 20; step++) await Promise.resolve();
}
