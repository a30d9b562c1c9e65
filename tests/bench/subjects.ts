/**
 * What is measured: Deno alone, the floor, arar from source and bundled, and what else there is to compare with.
 */
// deno-lint-ignore-file no-console
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { baseEnv, denoFlags } from "../arar.ts";
import type { Subject } from "./measure.ts";
import type { Servers } from "./servers.ts";

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
export function nearSubjects({ plain }: Servers): readonly Subject[] {
  const env = { ...baseEnv(), ...plain };
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

/** What is done before anything is asked of anybody. */
function quickSubjects(name: string, words: typeof BUNDLE | typeof SOURCE, env: Subject["env"]): readonly Subject[] {
  return [
    { name: `${name}, --help`, command: [...words, "--help"], env },
    { name: `${name}, --version`, command: [...words, "--version"], env },
    { name: `${name}, usage error`, command: [...words, "--no-such-option"], env, code: 125 },
  ];
}

/** The subjects whose STS is far, and speaks TLS. */
export function farSubjects({ far }: Servers): readonly Subject[] {
  if (!far) return [];
  const env = { ...baseEnv(), ...far };
  return [
    EMPTY,
    { name: "far: floor", command: [...BARE, at("floor.ts"), "true"], env },
    { name: "far: bundle, warm", command: [...BUNDLE, "-u", "--", "true"], env },
    { name: "far: source, warm", command: [...SOURCE, "-u", "--", "true"], env },
    ...peers(env).map((peer) => ({ ...peer, name: `far: ${peer.name}` })),
  ];
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
  return all.filter(works);
}

function works({ name, command: [program, ...args], env }: Subject): boolean {
  try {
    return new Deno.Command(program, { args, env, clearEnv: true, stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    console.error(`skipped: ${name}: not on PATH`);
    return false;
  }
}
