/**
 * Runs the tests for the tasks `test`, `test:fast` and `test:source`, then lists the failures with the command that repeats
 * each.
 *
 * Usage: deno run -A .ci/test.ts [--fast | --source] [flags and files for `deno test`] [-- arguments of the tests]
 */
// deno-lint-ignore-file no-console
import { denoFlags } from "../tests/arar.ts";
import { listFiles, readSource } from "../tests/project/sources.ts";
import { count, slowest, summary } from "./count.ts";

/** The slowest files, which start first so that none of them runs alone at the end. */
export const SLOWEST: readonly string[] = [
  "tests/clients/identity_matrix_test.ts",
  "tests/probes/signals_test.ts",
  "tests/process/examples_test.ts",
  "tests/process/refresh_clients_test.ts",
  "tests/fuzz/fuzz_test.ts",
  "tests/process/faults_test.ts",
  "tests/process/crowd_test.ts",
  "tests/process/refresh_test.ts",
  "tests/probes/terminal_test.ts",
  "tests/probes/terraform_test.ts",
];

/** What has to be tested on the source, too: that it runs, and that it finds every kind of credentials. */
export const ON_SOURCE: readonly string[] = [
  "tests/release/smoke.ts",
  ...["chain", "grammar", "login", "metadata", "oidc", "permissions", "profile", "sso", "sts_errors", "web_identity"]
    .map((name) => `tests/process/${name}_test.ts`),
];

/** Code that starts a process, opens a socket, or reads what Deno grants to `-A` only. */
const NEEDS_MORE =
  /\bDeno\.(Command|serve|listen|connect)\b|"node:(child_process|https?|net|tls)"|provider-process"|\/proc\//;

const FAST_PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys"];

/** The test files that need neither a process nor a socket, and import no file that does. */
export function fastFiles(): string[] {
  const known = new Map<string, boolean>();
  const needsMore = (path: string): boolean => {
    const found = known.get(path);
    if (found !== undefined) return found;
    known.set(path, false);
    const { code, imports } = readSource(path);
    const ours = imports.filter(({ target, typeOnly }) => !typeOnly && target.endsWith(".ts"));
    const result = NEEDS_MORE.test(code) || ours.some(({ target }) => needsMore(target));
    known.set(path, result);
    return result;
  };
  return listFiles("tests", "_test.ts").filter((path) => !needsMore(path));
}

/** All files, the slowest first. */
function allFiles(): string[] {
  return [...SLOWEST, ...listFiles("tests", "_test.ts").filter((path) => !SLOWEST.includes(path))];
}

const MODES = {
  "--all": { files: allFiles, permissions: ["-A"] },
  "--fast": { files: fastFiles, permissions: FAST_PERMISSIONS },
  "--source": { files: () => ON_SOURCE, permissions: ["-A"] },
} as const;

function isMode(word: string): word is keyof typeof MODES {
  return word in MODES;
}

async function deno(
  args: readonly string[],
  { env = {}, stdout = "inherit" }: Pick<Deno.CommandOptions, "env" | "stdout">,
): Promise<number> {
  return (await new Deno.Command(Deno.execPath(), { args: [...args], env, stdout, stderr: "inherit" }).output()).code;
}

const REPORT = "--junit-path=";

/** The environment of the tests; undefined if the bundle cannot be made. */
async function environment(mode: keyof typeof MODES, folder: string): Promise<Record<string, string> | undefined> {
  // Most files wait most of the time, so more of them than processors can run at once.
  const env = { DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(2 * navigator.hardwareConcurrency) };
  if (mode !== "--all" || Deno.env.has("ARAR_PROGRAM")) return env;
  const build = ["run", ...denoFlags(), "-A", ".ci/bundle.ts", `${folder}/bundle`];
  if (await deno(build, { stdout: "null" }) !== 0) return undefined;
  return { ...env, ARAR_PROGRAM: `${folder}/bundle/arar.js` };
}

async function main(args: readonly string[]): Promise<number> {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const words = args.slice(0, end);
  const mode = words.find(isMode) ?? "--all";
  const files = words.filter((word) => !word.startsWith("-"));
  const flags = words.filter((word) => word.startsWith("-") && word !== mode && !word.startsWith(REPORT));
  const folder = await Deno.makeTempDir({ prefix: "arar-test-" });
  try {
    const env = await environment(mode, folder);
    if (env === undefined) return 1;
    const report = words.find((word) => word.startsWith(REPORT))?.slice(REPORT.length) ?? `${folder}/report.xml`;
    const own = ["--parallel", ...denoFlags(), ...MODES[mode].permissions, `${REPORT}${report}`];
    const tested = files.length > 0 ? files : MODES[mode].files();
    const code = await deno(["test", ...own, ...flags, ...tested, ...args.slice(end)], { env });
    const text = await Deno.readTextFile(report).catch(() => "");
    if (text !== "") console.log(`slowest: ${slowest(text)}\n${summary(count(text))}`);
    return code;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
