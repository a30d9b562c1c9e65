/**
 * Runs arar with random words, variables and config files: thousands of times in this process, dozens of times as the
 * real program. It must always end, write only lines of its own, run the given command or fail, and show no secret.
 * `ARAR_FUZZ_SEED` repeats a run, `ARAR_FUZZ_RUNS` makes it longer; the seed is printed.
 */
import { assert } from "@std/assert";
import { run } from "../../lib/run.ts";
import { arar } from "../arar.ts";
import { fakeSts } from "../fake_sts.ts";
import { fakeSystem } from "../fake_system.ts";
import { HANG_SECONDS } from "../patience.ts";
import { SHOW, type Shown } from "../process/job.ts";
import { startSts, type StsServer } from "../sts_server.ts";
import { type FuzzCase, makeCase } from "./cases.ts";
import { Random } from "./random.ts";

const IN_PROCESS = Number(Deno.env.get("ARAR_FUZZ_RUNS") ?? 5000);
const REAL = 60;
const AT_ONCE = 4;

/** Fixed, so that a failure can be repeated; the weekly run of CI uses another each time. */
const SEED = Number(Deno.env.get("ARAR_FUZZ_SEED") ?? 1);
// deno-lint-ignore no-console -- without the seed a failure could not be repeated
console.log(`fuzz: ARAR_FUZZ_SEED=${SEED}`);

/** The result of a case. */
interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The command's words, if it was run. */
  readonly ran?: string;
  readonly secrets: readonly string[];
}

/** Throws if something happened that must never happen. */
function check({ options, command, env, secrets }: FuzzCase, outcome: Outcome): void {
  const { code, stdout, stderr, ran } = outcome;
  assert(Number.isInteger(code) && code >= 0 && code <= 255, `exit code ${code}`);
  assert(!/internal error|Uncaught|^\s+at |\.ts:\d/m.test(stderr), "a failure that nobody foresaw");
  // deno-lint-ignore no-control-regex -- these are the characters meant
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200e\u200f]/.test(stderr), "a control character");
  const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("::add-mask::"));
  for (const line of lines) {
    assert(/^arar: \S/.test(line) || /^MFA code for \S+: /.test(line), `a line of nobody: ${line}`);
  }
  const isPrint = [...options, env.ARAR_PRINT ?? ""].some((word) =>
    /^(--print=?|json|env|export|process|fish|powershell)/.test(word)
  );
  // A truncated secret is still one: its first half counts.
  for (const secret of [...secrets, ...outcome.secrets].map((secret) => secret.slice(0, secret.length / 2))) {
    assert(!lines.join("\n").includes(secret), "a secret on stderr");
    assert(isPrint || ran !== undefined || !stdout.includes(secret), "a secret on stdout");
  }
  if (ran !== undefined) assert(ran.endsWith(command.join(" ")), `another command: ${ran}`);
  else if (code === 0 && command.length > 0) assert(asksForNoCommand(options, env), "a command that was not run");
}

/** Whether the options ask for something other than the command. */
function asksForNoCommand(options: readonly string[], env: FuzzCase["env"]): boolean {
  const words = [...options, `--dry-run=${env.ARAR_DRY_RUN ?? ""}`, `--print=${env.ARAR_PRINT ?? ""}`].join("\n");
  return /^(-\w*h|--help|--version|--completions|--dry-run$|--dry-run=(1|true)|--print[\n=]plan)/m.test(words);
}

async function inProcess(one: FuzzCase, folder: string, index: number): Promise<Outcome> {
  const sts = fakeSts();
  const fake = fakeSystem({
    args: [...one.options, ...one.command.length > 0 ? ["--", ...one.command] : []],
    env: { ...one.env, ...await configFiles(one, `${folder}/${index}`) },
    connect: sts.connect,
    now: Date.now(),
  });
  const code = await within(HANG_SECONDS, run(fake.system));
  const ran = fake.actions.find((action) => action.startsWith("spawn "))?.slice("spawn ".length);
  return {
    code,
    stdout: fake.stdout(),
    stderr: fake.stderr(),
    secrets: sts.secrets(),
    ...(ran !== undefined && { ran }),
  };
}

async function configFiles(one: FuzzCase, path: string): Promise<Record<string, string>> {
  if (one.config !== undefined) await Deno.writeTextFile(`${path}.config`, one.config);
  if (one.credentials !== undefined) await Deno.writeTextFile(`${path}.credentials`, one.credentials);
  return { AWS_CONFIG_FILE: `${path}.config`, AWS_SHARED_CREDENTIALS_FILE: `${path}.credentials` };
}

async function within<Value>(seconds: number, work: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no end within ${seconds} s`)), seconds * 1000);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs and checks a case; a failure shows how to repeat it. */
async function examine(index: number, work: (one: FuzzCase) => Promise<Outcome>): Promise<Outcome> {
  const one = makeCase(new Random(SEED * 10_007 + index));
  let outcome: Outcome | undefined;
  try {
    outcome = await work(one);
    check(one, outcome);
    return outcome;
  } catch (error) {
    const shown = JSON.stringify({ ...one, secrets: undefined, ...outcome && told(outcome) }, null, 1);
    throw new Error(
      `case ${index} of ARAR_FUZZ_SEED=${SEED}: ${error instanceof Error ? error.message : error}\n${shown}`,
    );
  }
}

function told({ code, stdout, stderr, ran }: Outcome) {
  return { outcome: { code, stdout, stderr, ran } };
}

Deno.test("arar with random input", async (t) => {
  await t.step(`behaves in ${IN_PROCESS} runs in this process`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "arar-fuzz-" });
    const codes = new Map<string, number>();
    try {
      for (let index = 0; index < IN_PROCESS; index++) {
        const { code, ran } = await examine(index, (one) => inProcess(one, folder, index));
        const kind = ran === undefined ? `exit ${code}` : "command run";
        codes.set(kind, (codes.get(kind) ?? 0) + 1);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    // If every case failed the first check, the test would prove nothing.
    for (const kind of ["command run", "exit 0", "exit 125"]) assert((codes.get(kind) ?? 0) > IN_PROCESS / 100, kind);
  });

  await t.step(`behaves in ${REAL} runs of the real program`, async () => {
    await using sts = await startSts();
    const folder = await Deno.makeTempDir({ prefix: "arar-fuzz-" });
    const rest = Array.from({ length: REAL }, (_, index) => IN_PROCESS + index);
    const worker = async () => {
      for (let index = rest.pop(); index !== undefined; index = rest.pop()) {
        const number = index;
        await examine(number, (one) => realProgram(one, sts, folder, number));
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

/** Nothing leaves this machine, and only the folder is written to. */
async function realProgram(one: FuzzCase, sts: StsServer, folder: string, index: number): Promise<Outcome> {
  const { GITHUB_ENV: _env, HOME: _home, XDG_CACHE_HOME: _cache, ...env } = one.env;
  const nowhere = "http://127.0.0.1:1";
  const command = one.command.length > 0 ? ["--", ...SHOW, ...one.command] : [];
  const result = await arar([...one.options, ...command], {
    env: {
      ...env,
      ...await configFiles(one, `${folder}/${index}`),
      ...{ HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, NO_PROXY: "127.0.0.1" },
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
    },
    cwd: folder,
    detached: true,
    commandShowsSecrets: true,
  });
  assert(result.signal === null, `ended by ${result.signal}`);
  const shown: Shown | undefined = result.stdout.startsWith('{"words":') ? JSON.parse(result.stdout) : undefined;
  const ran = shown?.words.join(" ");
  return { ...result, secrets: sts.secrets(), ...(ran !== undefined && { ran }) };
}
