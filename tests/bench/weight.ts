/** What arar costs besides time: memory and processor while the command runs, and the size of its files. */
import type { Subject } from "./measure.ts";

/** What arar occupies and does while its command sleeps. */
export interface Waiting {
  readonly peakMemoryMegabytes: number;
  /** Processor time in each second of waiting. */
  readonly idleMillisecondsPerSecond: number;
}

/** Seconds until arar is surely waiting, and that it is watched then. */
const SETTLE = 1.5;
const WATCH = 3;
/** `sysconf(_SC_CLK_TCK)` of every Linux there is. */
const TICKS_PER_SECOND = 100;

/** Watches arar while its command sleeps; undefined on a system without `/proc`. */
export async function watch({ command: [program, ...args], env }: Subject): Promise<Waiting | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const words = [...args, "-u", "--", "sleep", String(SETTLE + WATCH + 1)];
  const child = new Deno.Command(program, { args: words, env, clearEnv: true, stdin: "null", stdout: "null" }).spawn();
  await seconds(SETTLE);
  const before = await ticks(child.pid);
  await seconds(WATCH);
  const used = await ticks(child.pid) - before;
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(await Deno.readTextFile(`/proc/${child.pid}/status`))?.[1];
  await child.status;
  return {
    peakMemoryMegabytes: Number(peak) / 1024,
    idleMillisecondsPerSecond: used * 1000 / TICKS_PER_SECOND / WATCH,
  };
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}

/** `utime` and `stime`: proc(5). */
async function ticks(pid: number): Promise<number> {
  const [user, system] = (await Deno.readTextFile(`/proc/${pid}/stat`)).replace(/^.*\) /s, "").split(" ").slice(11, 13);
  return Number(user) + Number(system);
}

/** Sizes of the bundle's files by name, in bytes. */
export function bundleSizes(folder: string): Readonly<Record<string, number>> {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".js")).sort();
  return Object.fromEntries(files.map((name) => [name, Deno.statSync(`${folder}/${name}`).size]));
}
