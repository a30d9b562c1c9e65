/** A folder, a PATH and a release page to run the install script with. */
import { existsSync } from "node:fs";
import { HANG } from "../patience.ts";
import { writeScripts } from "../scripts.ts";

/** What the release page serves; a test may change it. */
export interface Page {
  binary: string;
  /** What the archives contain, if not the binary. */
  packed?: string;
  /** The archives contain a symbolic link to this file in place of the binary. */
  link?: string;
  /** A release without archives. */
  bare?: boolean;
  /** In place of the real checksum of every binary. */
  checksum?: string;
  /** In place of the real checksum of every archive. */
  archiveChecksum?: string;
  /** In place of the whole list. */
  checksums?: string;
  /** Redirects the next request for a file to this origin. */
  redirect?: string;
  /** Ends the connection after so many bytes of a file. */
  cutAt?: number;
  /** Never finishes sending a file. */
  hang?: boolean;
}

/** Changes to the programs on PATH: a shell script replaces the real one, undefined removes it. */
export type Programs = { readonly [name: string]: string | undefined };

export type Env = Readonly<Record<string, string>>;

/** How the script ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type World = Awaited<ReturnType<typeof makeWorld>>;

export const SCRIPT: URL = new URL("../../.github/devcontainer/src/arar/install.sh", import.meta.url);

/** Everything the script may run: its PATH has links to these only. */
const TOOLS = "bash cat chmod curl grep gzip id mkdir mktemp mv openssl rm sh sha256sum shasum tar unzip wget zstd"
  .split(
    " ",
  );

const STAND_INS: Programs = {
  uname: "case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac",
  getconf: "echo glibc 2.36",
};

export async function makeWorld() {
  const folder = await Deno.makeTempDir();
  const bin = `${folder}/bin`;
  const page: Page = { binary: "#!/bin/sh\necho 'arar 1.2.3 (stand-in)'\n" };
  const requests: string[] = [];
  const asked = Promise.withResolvers<void>();
  const server = servePage(page, requests, asked.resolve);
  const origin = `http://127.0.0.1:${server.port}`;
  await Deno.mkdir(`${folder}/tmp`);
  let runs = 0;

  async function start(words: readonly string[], env: Env, programs: Programs) {
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
        ARAR_DOWNLOAD_URL: origin,
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(HANG),
    }).spawn();
  }

  return {
    folder,
    target: `${bin}/arar`,
    /** Of the release page: `http://127.0.0.1:PORT`. */
    origin,
    page,
    requests: (): readonly string[] => requests,
    install: async (env: Env = {}, programs: Programs = {}, args: readonly string[] = []): Promise<Outcome> =>
      outcomeOf(await start(["sh", SCRIPT.pathname, ...args], env, programs)),
    /** Runs a command of a workflow, as GitHub runs `shell: bash`, with the same programs on PATH. */
    bash: async (command: string, env: Env, programs: Programs = {}): Promise<Outcome> =>
      outcomeOf(await start(["bash", "-eo", "pipefail", "-c", command], env, programs)),
    /** Starts the script, and sends SIGTERM while it downloads. */
    interrupt: async (): Promise<Outcome> => {
      const child = await start(["sh", SCRIPT.pathname], {}, {});
      await asked.promise;
      child.kill("SIGTERM");
      // The shell acts on the signal once the download has ended, which the server sees to.
      await server.shutdownNow();
      return await outcomeOf(child);
    },
    /** The names in the folder it installs to, including hidden files. */
    installed: () => namesIn(bin),
    /** The names in its TMPDIR. */
    temporary: () => namesIn(`${folder}/tmp`),
    place: async (text: string) => {
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
  return existsSync(folder) ? (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort() : [];
}

async function fillPath(path: string, programs: Programs): Promise<void> {
  await Deno.mkdir(path);
  for (const name of TOOLS) {
    const real = name in programs ? undefined : findProgram(name);
    if (real) await Deno.symlink(real, `${path}/${name}`);
  }
  const scripts = Object.entries(programs).filter(([, script]) => script !== undefined);
  await writeScripts(
    Object.fromEntries(scripts.map(([name, script]) => [`${path}/${name}`, `#!/bin/sh\n${script}\n`])),
  );
}

export function findProgram(name: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

function servePage(page: Page, requests: string[], asked: () => void) {
  const stop = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen: () => {} };
  const server = Deno.serve(options, async ({ url }) => {
    const { pathname } = new URL(url);
    requests.push(pathname);
    const [, file = ""] = /^\/(?:latest\/download|download\/v1\.2\.3)\/([\w.]+)$/.exec(pathname) ?? [];
    const bytes = (await filesOf(page)).get(file);
    if (bytes === undefined) return new Response(null, { status: 404 });
    if (file === "checksums.txt") return new Response(bytes);
    if (page.redirect === undefined) return send(bytes, page, asked);
    const location = `${page.redirect}${pathname}`;
    delete page.redirect;
    return new Response(null, { status: 302, headers: { location } });
  });
  const shutdownNow = async () => {
    stop.abort();
    await server.finished;
  };
  return { port: server.addr.port, shutdownNow };
}

/** The assets of a release, by name. */
async function filesOf(page: Page): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const checksums: string[] = [];
  const add = async (name: string, bytes: Uint8Array<ArrayBuffer>, checksum: string | undefined) => {
    files.set(name, bytes);
    const sum = checksum ?? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    checksums.push(`${sum}  ${name}\n`);
  };
  for (
    const target of ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64"]
  ) {
    const windows = target.startsWith("windows");
    const exe = windows ? ".exe" : "";
    await add(`arar_1.2.3_${target}${exe}`, new TextEncoder().encode(page.binary), page.checksum);
    for (const ending of page.bare ? [] : [".tar.zst", windows ? ".zip" : ".tar.gz"]) {
      const archive = await pack(ending, `arar${exe}`, page);
      if (archive) await add(`arar_1.2.3_${target}${ending}`, archive, page.archiveChecksum);
    }
  }
  return files.set("checksums.txt", new TextEncoder().encode(page.checksums ?? checksums.join("")));
}

const packed = new Map<string, Promise<Uint8Array<ArrayBuffer> | undefined>>();

const PACKERS: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  ".tar.zst": ["tar", "--zstd", "-cf", "-"],
  ".tar.gz": ["tar", "-czf", "-"],
  ".zip": ["zip", "-q", "-y", "-"],
};

/** An archive of a binary; undefined without the program that makes it. */
function pack(ending: string, name: string, { packed: text, binary, link }: Page) {
  const key = [ending, name, text ?? binary, link].join("\n");
  const archive = packed.get(key) ?? packAnew(ending, name, text ?? binary, link);
  packed.set(key, archive);
  return archive;
}

async function packAnew(ending: string, name: string, text: string, link?: string) {
  const [program = "", ...args] = PACKERS[ending] ?? [];
  if (!findProgram(ending === ".tar.zst" ? "zstd" : program)) return undefined;
  const cwd = await Deno.makeTempDir();
  if (link === undefined) await Deno.writeTextFile(`${cwd}/${name}`, text);
  else await Deno.symlink(link, `${cwd}/${name}`);
  const { stdout } = await new Deno.Command(program, { args: [...args, name], cwd }).output();
  await Deno.remove(cwd, { recursive: true });
  return stdout;
}

function send(bytes: Uint8Array<ArrayBuffer>, page: Page, asked: () => void): Response {
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
