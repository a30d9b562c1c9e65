/**
 * What is measured: Deno alone, the floor, arar from source and bundled, and what else there is to compare with.
 */
// deno-lint-ignore-file no-console
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { baseEnv, denoFlags } from "../arar.ts";
import type { Subject } from "./measure.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DENO = [Deno.execPath(), "run", "--quiet"] as const;
const BARE = [...DENO, "--no-config", "--no-lock", "-A"] as const;

/** The words that start arar, up to its own. */
export const SOURCE = [...DENO, ...denoFlags(), "-A", join(ROOT, "main.ts")] as const;
export const BUNDLE = [...BARE, join(ROOT, "dist/arar.js")] as const;

/** What `deno compile` is told for a release. */
const RELEASE_V8 = "--v8-flags=--min-semi-space-size=8,--no-sparkplug";

/** Deno with nothing to do: what everything is compared with. */
export const EMPTY: Subject = { name: "deno run of an empty file", command: [...BARE, at("empty.ts")], env: baseEnv() };

function at(file: string): string {
  return join(ROOT, "tests/bench", file);
}

/** The subjects whose STS is near. */
export function nearSubjects(job: Subject["env"]): readonly Subject[] {
  const env = { ...baseEnv(), ...job };
  const run = ["-u", "--", "true"];
  const cold = "--no-code-cache";
  const with_ = (name: string, command: Subject["command"]): Subject => ({ name, command, env });
  return [
    EMPTY,
    with_("floor: bare WebCrypto script, same two calls", [...BARE, at("floor.ts"), "true"]),
    with_("bundle, warm", [...BUNDLE, ...run]),
    with_("bundle, cold", [...inserted(BUNDLE, cold), ...run]),
    with_("bundle, cold, V8 as in releases", [...inserted(BUNDLE, cold, RELEASE_V8), ...run]),
    with_("source, warm", [...SOURCE, ...run]),
    with_("source, cold", [...inserted(SOURCE, cold), ...run]),
    with_("bundle, --cache, second run", [...BUNDLE, "--cache", ...run]),
    ...quickSubjects("bundle", BUNDLE, env),
    ...quickSubjects("source", SOURCE, env),
    ...peers(env),
  ];
}

/** The program as JSR has it, from a registry at this address, and downloaded by the first round. */
export function jsrSubjects(job: Subject["env"], url: string, program: string, folder: string): readonly Subject[] {
  const env = { ...baseEnv(), ...job, JSR_URL: url, DENO_DIR: folder, NPM_CONFIG_REGISTRY: "http://127.0.0.1:9/" };
  const words = [...DENO, "-A", "--no-config", "--minimum-dependency-age=0", program] as const;
  return [
    { name: "jsr:, warm", command: [...words, "-u", "--", "true"], env },
    { name: "jsr:, --cache, second run", command: [...words, "--cache", "-u", "--", "true"], env },
    { name: "jsr:, --help", command: [...words, "--help"], env },
  ];
}

/** What is done before anything is asked of anybody. */
function quickSubjects(name: string, words: typeof BUNDLE | typeof SOURCE, env: Subject["env"]): readonly Subject[] {
  return [
    { name: `${name}, --help`, command: [...words, "--help"], env },
    { name: `${name}, --version`, command: [...words, "--version"], env },
    { name: `${name}, usage error`, command: [...words, "--no-such-option"], env, code: 125 },
  ];
}

/** The subjects whose STS is far, and speaks TLS; `before` are the words that run a command at the near end. */
export function farSubjects(job: Subject["env"], before: readonly [string, ...string[]]): readonly Subject[] {
  const env = { ...baseEnv(), ...job };
  const bare = { name: "bare script by fetch", command: [...BARE, at("floor.ts"), "true"], env } as const;
  const subjects: readonly Subject[] = [
    EMPTY,
    bare,
    { ...bare, name: "bare script over a connection like arar's", env: { ...env, FLOOR: "connect" } },
    { name: "bundle, warm", command: [...BUNDLE, "-u", "--", "true"], env },
    { name: "bundle, cold", command: [...inserted(BUNDLE, "--no-code-cache"), "-u", "--", "true"], env },
    { name: "bundle, AssumeRole alone", command: [...BUNDLE, "--", "true"], env },
    ...peers(env).filter(({ name }) => name.startsWith("peer")),
  ];
  return subjects.map((subject) => ({ ...subject, command: [...before, ...subject.command] }));
}

function inserted(words: typeof BUNDLE | typeof SOURCE, ...flags: readonly string[]): Subject["command"] {
  const [deno, run, ...rest] = words;
  return [deno, run, ...flags, ...rest];
}

/** Other programs for such work, if they are installed and can do it. */
function peers(env: Subject["env"]): readonly Subject[] {
  const peer = Deno.env.get("ARAR_BENCH_PEER");
  const aws: Subject = {
    name: "aws sts get-caller-identity",
    command: ["aws", "sts", "get-caller-identity"],
    env: { ...env, ...(env.SSL_CERT_FILE !== undefined && { AWS_CA_BUNDLE: env.SSL_CERT_FILE }) },
  };
  const all = [aws, ...peer ? [{ name: `peer: ${peer}`, command: [peer, "-u", "--", "true"] as const, env }] : []];
  return all.filter(isThere);
}

function isThere({ name, command: [program] }: Subject): boolean {
  try {
    new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    console.error(`skipped: ${name}: not on PATH`);
    return false;
  }
}
