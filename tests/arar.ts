/**
 * Starts arar for tests: the real program, in an otherwise empty environment, with all captured output scanned for
 * secrets. Which program that is (`ARAR_PROGRAM`), and which flags Deno needs (`ARAR_DENO_FLAGS`), is decided here alone.
 */
import { assert } from "@std/assert";
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";
import { HANG } from "./patience.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** How arar is started. */
export interface ArarOptions {
  /** The environment, in addition to what every process needs: `PATH` and an empty home directory. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its stdin; empty by default. */
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  /** Deno's permissions, by default `-A`, as users run it. Not for a compiled program. */
  readonly permissions?: readonly string[];
  /** More flags for Deno. */
  readonly denoFlags?: readonly string[];
  /** Text that must never appear, such as a server's `secrets`. */
  readonly secrets?: () => readonly string[];
  /** The command shows secrets on purpose (`env`), so only stderr is scanned. */
  readonly commandShowsSecrets?: boolean;
  /** Starts it in a new session, detached from the terminal that the tests run on. */
  readonly detached?: boolean;
}

/** How a run ended. */
export interface ArarResult {
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as bytes. */
  readonly output: Uint8Array;
}

/** Runs arar and waits until it ends. */
export async function arar(args: readonly string[], options: ArarOptions = {}): Promise<ArarResult> {
  const child = ararCommand(args, options, { stdout: "piped", stderr: "piped" }).spawn();
  const limit = setTimeout(() => child.kill("SIGKILL"), HANG);
  try {
    const [output] = await Promise.all([child.output(), feed(child.stdin, options.stdin ?? "")]);
    const result = {
      code: output.code,
      signal: output.signal,
      stdout: new TextDecoder().decode(output.stdout),
      stderr: new TextDecoder().decode(output.stderr),
      output: output.stdout,
    };
    scanForSecrets(result, options);
    return result;
  } finally {
    clearTimeout(limit);
  }
}

/** The command that starts arar, for tests that interact with it while it runs. */
export function ararCommand(
  args: readonly string[],
  options: ArarOptions = {},
  streams: Pick<Deno.CommandOptions, "stdin" | "stdout" | "stderr"> = {},
): Deno.Command {
  const [program = "", ...words] = ararWords(options);
  return new Deno.Command(program, {
    args: [...words, ...args],
    env: { ...baseEnv(), ...options.env },
    clearEnv: true,
    stdin: "piped",
    ...streams,
    // Windows has no sessions.
    detached: options.detached === true && Deno.build.os !== "windows",
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
}

/** The words that start arar, to be followed by its arguments. */
export function ararWords(options: Pick<ArarOptions, "permissions" | "denoFlags"> = {}): readonly string[] {
  const program = Deno.env.get("ARAR_PROGRAM") ?? "main.ts";
  const path = resolve(ROOT, program);
  if (!/\.[jt]s$/.test(program)) return [path];
  const flags = program.endsWith(".ts") ? denoFlags() : ["--no-config", "--no-lock"];
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    ...flags,
    ...options.denoFlags ?? [],
    ...options.permissions ?? ["-A"],
    path,
  ];
}

/** The flags Deno needs to run the project's own programs, from any folder. */
export function denoFlags(): readonly string[] {
  const words = (Deno.env.get("ARAR_DENO_FLAGS") ?? "").split(" ").filter((word) => word !== "");
  return [
    `--config=${join(ROOT, "deno.json")}`,
    ...words.map((word) => word.replace(/^(--(?:lock|import-map)=)(.*)$/, (_, name, path) => name + join(ROOT, path))),
  ];
}

/** What every process needs, without any AWS setting. The home directory is empty, so the developer's profiles are not read. */
export function baseEnv(
  own: Readonly<Record<string, string>> = Deno.env.toObject(),
): Readonly<Record<string, string>> {
  const kept = ["PATH", "SystemRoot", "PATHEXT", "TEMP", "TMP", "TMPDIR", "WINEPREFIX", "JSR_URL"];
  const inherited = kept.flatMap((name) => {
    const value = own[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    USERPROFILE: home,
    DENO_DIR: denoDir(),
    // Once a day `deno run` checks dl.deno.land for a newer version, through the proxy of the test.
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}

const home = Deno.makeTempDirSync({ prefix: "arar-home-" });
globalThis.addEventListener("unload", () => Deno.removeSync(home, { recursive: true }));

let foundDenoDir: string | undefined;

function denoDir(): string {
  foundDenoDir ??= Deno.env.get("DENO_DIR") ?? askDenoDir();
  return foundDenoDir;
}

function askDenoDir(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json", "--no-config"] }).outputSync();
  const info: { denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  return info.denoDir;
}

async function feed(stdin: WritableStream<Uint8Array<ArrayBuffer>>, data: string | Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(typeof data === "string" ? new TextEncoder().encode(data) : Uint8Array.from(data));
    await writer.close();
  } catch {
    // A program may exit without reading its stdin.
  }
}

/** Fails if arar wrote a secret. */
export function scanForSecrets(
  { stdout, stderr }: Pick<ArarResult, "stdout" | "stderr">,
  options: ArarOptions,
): void {
  const names = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ARAR_TOKEN_CODE"];
  const own = names.flatMap((name) => options.env?.[name] ?? []);
  for (const secret of [...own, ...options.secrets?.() ?? []]) {
    if (secret.length < 6) continue;
    assert(!stderr.includes(secret), `there is a secret on stderr:\n${stderr.replaceAll(secret, "<SECRET>")}`);
    if (options.commandShowsSecrets) continue;
    assert(!stdout.includes(secret), `there is a secret on stdout:\n${stdout.replaceAll(secret, "<SECRET>")}`);
  }
}
