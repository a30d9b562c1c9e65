/**
 * How long commands take, in one run: every round starts each of them once, in a new order, and each is compared with the
 * first of its own round.
 */

/** One command to be measured. */
export interface Subject {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** The exit code it is to end with; 0 when absent. */
  readonly code?: number;
  /** Run before each round, unmeasured. */
  readonly before?: () => Promise<void>;
}

/** What came out. */
export interface Result {
  readonly name: string;
  readonly milliseconds: number;
  /** The median of how many times the first subject it took, round by round. */
  readonly ratio: number;
  /** Its shortest time by the first subject's shortest: what is left on a machine that has other work to do. */
  readonly bestRatio: number;
  readonly samples: readonly number[];
}

/** Rounds that only fill caches. */
const WARM_UP = 2;

/** Measures; throws if a command does not end as it should. */
export async function measure(subjects: readonly Subject[], rounds: number): Promise<readonly Result[]> {
  const samples = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const subject of shuffled(subjects)) {
      await subject.before?.();
      const milliseconds = await time(subject);
      if (round >= 0) samples.get(subject.name)?.push(milliseconds);
    }
  }
  const base = samples.get(subjects[0]?.name ?? "") ?? [];
  return [...samples].map(([name, times]) => ({
    name,
    milliseconds: median(times),
    ratio: median(times.map((one, round) => one / (base[round] ?? NaN))),
    bestRatio: Math.min(...times) / Math.min(...base),
    samples: times,
  }));
}

/** Runs a command once; the result is how many milliseconds it took. */
export async function time({ name, command: [program, ...args], env, code = 0 }: Subject): Promise<number> {
  const begin = performance.now();
  const child = new Deno.Command(program, { args, env, clearEnv: true, stdin: "null", stdout: "null", stderr: "null" });
  const status = await child.spawn().status;
  const milliseconds = performance.now() - begin;
  if (status.code !== code) throw new Error(`${name} ended with ${status.code}`);
  return milliseconds;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] ?? NaN : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

function shuffled<Value>(values: readonly Value[]): readonly Value[] {
  return values.map((value) => ({ value, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ value }) => value);
}
