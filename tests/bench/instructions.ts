/**
 * `deno task bench:instructions [--update]`: how many instructions arar takes, which the load of the machine hardly changes, and
 * by how much that differs from `instructions.json`. Prints only: what a difference of 10 % means is for people to say.
 */
// deno-lint-ignore-file no-console
import { hasProgram } from "../process/job.ts";
import { type Subject, time } from "./measure.ts";
import { startServers } from "./near.ts";
import { nearSubjects } from "./subjects.ts";

/** What is counted: the job, and the two ways that ask nobody. */
const COUNTED = ["bundle, warm", "bundle, --cache, second run", "bundle, --help"];
const FILE = new URL("instructions.json", import.meta.url);

/** In millions, by version of Deno. */
type Known = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Counts by callgrind, since shared machines have no hardware counters: 30 times slower than the program. */
async function count({ command, env }: Subject): Promise<number> {
  const options = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--smc-check=all-non-file"];
  const args = [...options, ...command];
  const { stderr } = await new Deno.Command("valgrind", { args, env, clearEnv: true, stdin: "null" }).output();
  const text = new TextDecoder().decode(stderr);
  const [, collected] = /Collected : (\d+)/.exec(text) ?? [];
  if (collected === undefined) throw new Error(`callgrind counted nothing: ${text}`);
  return Math.round(Number(collected) / 1e6);
}

async function countAll(): Promise<Readonly<Record<string, number>>> {
  const { env, stop } = await startServers([]);
  try {
    const subjects = nearSubjects({ ...env, ARAR_TIMEOUT: "600" }).filter(({ name }) => COUNTED.includes(name));
    const counts: [string, number][] = [];
    for (const subject of subjects) {
      // Fills V8's code cache, and arar's own.
      for (const _ of [1, 2]) await time(subject);
      counts.push([subject.name, await count(subject)]);
    }
    return Object.fromEntries(counts);
  } finally {
    await stop();
  }
}

async function main(): Promise<void> {
  if (!hasProgram("valgrind", "--version")) return console.log("instructions: skipped: no valgrind on PATH");
  const known: Known = JSON.parse(await Deno.readTextFile(FILE));
  const counts = await countAll();
  for (const [name, millions] of Object.entries(counts)) {
    const before = known[Deno.version.deno]?.[name];
    const change = before === undefined ? "" : `, ${Math.round((millions / before - 1) * 100)} % more than ${before}`;
    console.log(`instructions: ${name}: ${millions} million${change}`);
  }
  if (!Deno.args.includes("--update")) return;
  await Deno.writeTextFile(FILE, `${JSON.stringify({ [Deno.version.deno]: counts }, null, 2)}\n`);
}

if (import.meta.main) await main();
