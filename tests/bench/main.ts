/**
 * `deno task bench [ROUNDS] [NAME…]`: what arar costs, in one run, as a table and in `dist/bench.json`.
 * Run by hand on a quiet machine; no test depends on a figure. NAME picks the subjects whose names contain it.
 */
// deno-lint-ignore-file no-console
import { fileURLToPath } from "node:url";
import { type ColdResult, LINE, measureCold, name, serveJsr, version } from "./cold.ts";
import { measure, type Result, type Subject } from "./measure.ts";
import { measureFar } from "./far.ts";
import { startServers } from "./near.ts";
import { BUNDLE, EMPTY, jsrSubjects, nearSubjects } from "./subjects.ts";
import { bundleSizes, type Waiting, watch } from "./weight.ts";

const ROUND_TRIPS_MS = [20, 50] as const;
/** Each takes seconds, and what varies is small beside the line. */
const COLD_ROUNDS = 3;
const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

const [rounds = "20", ...names] = Deno.args;

function picked(subjects: readonly Subject[]): readonly Subject[] {
  if (names.length === 0) return subjects;
  return subjects.filter((one) => one.name === EMPTY.name || names.some((name) => one.name.includes(name)));
}

function printTable(results: readonly Result[]): void {
  for (const { name, milliseconds, ratio, bestRatio } of results) {
    console.log(`| ${name} | ${milliseconds.toFixed(0)} ms | ${ratio.toFixed(2)} | ${bestRatio.toFixed(2)} |`);
  }
}

function printCold(results: readonly ColdResult[]): void {
  const line = `${(LINE.bitsPerSecond ?? Infinity) / 1e6} Mbit/s, ${LINE.roundTripMs} ms a round trip`;
  console.log(`\n| nothing there yet, ${line} | downloads | until the command starts |\n| --- | --- | --- |`);
  for (const { name, megabytes, requests, milliseconds } of results) {
    const downloads = `${requests}, ${megabytes.toFixed(megabytes < 10 ? 2 : 0)} MB`;
    console.log(`| ${name} | ${downloads} | ${(milliseconds / 1000).toFixed(1)} s |`);
  }
}

function printWeight(waiting: Waiting | undefined, files: Readonly<Record<string, number>>): void {
  if (waiting) {
    const { peakMemoryMegabytes: memory, idleMillisecondsPerSecond: idle } = waiting;
    console.log(`\nwhile the command runs: ${memory.toFixed(0)} MB, ${idle.toFixed(1)} ms of processor time a second`);
  }
  const sizes = Object.entries(files).map(([name, bytes]) => `${name} ${Math.ceil(bytes / 1000)} KB`);
  console.log(`bundle: ${sizes.join(", ")}`);
}

async function main(): Promise<void> {
  const far = [];
  for (const milliseconds of ROUND_TRIPS_MS) {
    const results = await measureFar(milliseconds, Number(rounds), picked);
    far.push({ roundTripMs: milliseconds, results });
    if (results.length === 0) continue;
    const ideal = "÷ (4 round trips + empty run)";
    console.log(`\n| TLS, ${milliseconds} ms a round trip | wall | ${ideal} | best |\n| --- | --- | --- | --- |`);
    printTable(results);
  }
  const { env: plain, stop } = await startServers([]);
  try {
    console.log("\n| | wall | ÷ empty run | best ÷ best |\n| --- | --- | --- | --- |");
    await using jsr = await serveJsr();
    const folder = await Deno.makeTempDir({ prefix: "arar-bench-" });
    const published = jsrSubjects(plain, `http://127.0.0.1:${jsr.port}/`, `jsr:${name}@${version}`, folder);
    const near = await measure(picked([...nearSubjects(plain), ...published]), Number(rounds));
    await Deno.remove(folder, { recursive: true });
    printTable(near);
    const isPicked = (name: string) => names.length === 0 || names.some((one) => name.includes(one));
    const cold = await measureCold(plain, Math.min(Number(rounds), COLD_ROUNDS), isPicked);
    if (cold.length > 0) printCold(cold);
    const env = { ...EMPTY.env, ...plain };
    const waiting = await watch({ name: "bundle", command: BUNDLE, env });
    const files = bundleSizes(DIST);
    printWeight(waiting, files);
    const result = { date: new Date().toISOString(), deno: Deno.version.deno, cores: navigator.hardwareConcurrency };
    await Deno.writeTextFile(
      `${DIST}/bench.json`,
      JSON.stringify({ ...result, near, far, cold, waiting, files }, null, 2),
    );
  } finally {
    await stop();
  }
}

if (import.meta.main) await main();
