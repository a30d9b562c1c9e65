/**
 * A folder, a PATH and a release page for one run of the install script. Knows nothing of what the script should do.
 *
 * @module
 */

/** What the release page serves; a test spoils it. */
export interface Page {
  binary: string;
  /** In place of the true one, for every asset. */
  checksum?: string;
  /** In place of the whole list. */
  checksums?: string;
  /** Ends the connection after so many bytes of the binary. */
  cutAt?: number;
  /** Never answers with the binary. */
  hang?: boolean;
}

/** Programs on PATH: another script in place of the real one, or none. */
type Programs = { readonly [name: string]: string | undefined };

/** How the script ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World extends AsyncDisposable {
  readonly folder: string;
  readonly target: string;
  readonly page: Page;
  install(env?: Record<string, string>, programs?: Programs, args?: readonly string[]): Promise<Outcome>;
  /** Runs a command of a workflow, as GitHub runs `shell: bash`, with the same programs on PATH. */
  bash(command: string, env: Record<string, string>, programs?: Programs): Promise<Outcome>;
  /** Starts it and ends it by SIGTERM once it waits for the binary. */
  interrupt(): Promise<Outcome>;
  requests(): readonly string[];
  /** What lies in the folder it installs to, hidden files included. */
  installed(): Promise<string[]>;
  /** What lies in its TMPDIR. */
  temporary(): Promise<string[]>;
  place(text: string): Promise<void>;
  runInstalled(): Promise<string>;
}

export const SCRIPT: URL = new URL("../../.github/devcontainer/src/arar/install.sh", import.meta.url);

/** All that the script may call: it gets links to these, and nothing else is on its PATH. */
const TOOLS = [
  "bash",
  "cat",
  "chmod",
  "curl",
  "grep",
  "id",
  "mkdir",
  "mktemp",
  "mv",
  "openssl",
  "rm",
  "sh",
  "sha256sum",
  "shasum",
  "wget",
];

const STAND_INS: Programs = {
  uname: "case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac",
  getconf: "echo glibc 2.36",
};

const TARGETS = [
  "linux_amd64",
  "linux_arm64",
  "darwin_amd64",
  "darwin_arm64",
  "windows_amd64.exe",
  "windows_arm64.exe",
];

export async function makeWorld(): Promise<World> {
  const folder = await Deno.makeTempDir();
  const bin = `${folder}/bin`;
  const page: Page = { binary: "#!/bin/sh\necho 'arar 1.2.3 (stand-in)'\n" };
  const requests: string[] = [];
  const asked = Promise.withResolvers<void>();
  const server = servePage(page, requests, asked.resolve);
  await Deno.mkdir(`${folder}/tmp`);
  let runs = 0;

  async function start(words: readonly string[], env: Record<string, string>, programs: Programs) {
    runs += 1;
    const path = `${folder}/path${runs}`;
    await fillPath(path, { ...STAND_INS, ...programs });
    const [program = "", ...args] = words;
    return new Deno.Command(`${path}/${program}`, {
      args,
      cwd: folder,
      clearEnv: true,
      env: {
        PATH: path,
        HOME: folder,
        TMPDIR: `${folder}/tmp`,
        ARAR_INSTALL_DIR: bin,
        ARAR_DOWNLOAD_URL: `http://127.0.0.1:${server.addr.port}`,
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(60_000),
    }).spawn();
  }

  return {
    folder,
    target: `${bin}/arar`,
    page,
    requests: () => requests,
    install: async (env = {}, programs = {}, args = []) =>
      outcomeOf(await start(["sh", SCRIPT.pathname, ...args], env, programs)),
    bash: async (command, env, programs = {}) =>
      outcomeOf(await start(["bash", "-eo", "pipefail", "-c", command], env, programs)),
    interrupt: async () => {
      const child = await start(["sh", SCRIPT.pathname], {}, {});
      await asked.promise;
      child.kill("SIGTERM");
      // The shell acts on the signal when the download ends; the server ends it.
      await server.shutdownNow();
      return await outcomeOf(child);
    },
    installed: () => namesIn(bin),
    temporary: () => namesIn(`${folder}/tmp`),
    place: async (text) => {
      await Deno.mkdir(bin, { recursive: true });
      await Deno.writeTextFile(`${bin}/arar`, text);
    },
    runInstalled: async () => {
      const { stdout } = await new Deno.Command(`${bin}/arar`, { args: ["--version"] }).output();
      return new TextDecoder().decode(stdout);
    },
    [Symbol.asyncDispose]: async () => {
      await server.shutdownNow();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function outcomeOf(child: Deno.ChildProcess): Promise<Outcome> {
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function fillPath(path: string, programs: Programs): Promise<void> {
  await Deno.mkdir(path);
  for (const name of TOOLS) {
    const real = name in programs ? undefined : findProgram(name);
    if (real) await Deno.symlink(real, `${path}/${name}`);
  }
  for (const [name, script] of Object.entries(programs)) {
    if (script === undefined) continue;
    await Deno.writeTextFile(`${path}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}

function findProgram(name: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${name}`)
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
}

interface PageServer {
  readonly addr: Deno.NetAddr;
  shutdownNow(): Promise<void>;
}

function servePage(page: Page, requests: string[], asked: () => void): PageServer {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      requests.push(pathname);
      const [, version, file = ""] = /^\/(latest|download)\/(?:download|v1\.2\.3)\/([\w.]+)$/
        .exec(pathname) ?? [];
      if (version === undefined) return new Response(null, { status: 404 });
      if (file === "checksums.txt") return new Response(page.checksums ?? await checksumsOf(page));
      if (!TARGETS.some((target) => file === `arar_1.2.3_${target}`)) {
        return new Response(null, { status: 404 });
      }
      return binaryOf(page, asked);
    },
  );
  return {
    addr: server.addr,
    shutdownNow: async () => {
      stop.abort();
      await server.finished;
    },
  };
}

async function checksumsOf(page: Page): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(page.binary));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return TARGETS.map((target) => `${page.checksum ?? hex}  arar_1.2.3_${target}\n`).join("");
}

function binaryOf(page: Page, asked: () => void): Response {
  const bytes = new TextEncoder().encode(page.binary);
  if (!page.hang && page.cutAt === undefined) return new Response(bytes);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.slice(0, page.cutAt ?? 1));
      asked();
      if (!page.hang) controller.close();
    },
  });
  return new Response(body, { headers: { "content-length": `${bytes.length}` } });
}
