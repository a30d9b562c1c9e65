/**
 * What a machine that has nothing of arar yet pays, as every CI job does: bytes, and the time until the command starts, for
 * each way in. The release page and JSR are on this machine, at the far end of a slow line without TLS.
 */
import { fileURLToPath } from "node:url";
import { baseEnv } from "../arar.ts";
import { filesIn, type JsrServer, startJsr } from "../jsr_server.ts";
import { listFiles } from "../project/sources.ts";
import { type DelayProxy, type Line, startDelayProxy } from "./delay_proxy.ts";
import { median, type Subject, time } from "./measure.ts";

/** What came out for one way in. */
export interface ColdResult {
  readonly name: string;
  readonly megabytes: number;
  readonly requests: number;
  readonly milliseconds: number;
}

export const LINE: Line = { roundTripMs: 20, bitsPerSecond: 50_000_000 };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCRIPT = `${ROOT}.github/devcontainer/src/arar/install.sh`;
export const { name, version, exports } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));

/** The shell commands of each way in, which end by running `true` as the role. `$DIR` is an empty folder. */
const WAYS_IN = {
  "cold: install script (tar.zst)": `ARAR_INSTALL_DIR=$DIR sh ${SCRIPT} && "$DIR/arar" -u -- true`,
  "cold: install script (tar.gz)":
    `ARAR_DOWNLOAD_URL=$PAGE_WITHOUT_ZSTD ARAR_INSTALL_DIR=$DIR sh ${SCRIPT} && "$DIR/arar" -u -- true`,
  "cold: curl (binary as it is)":
    'curl -fsSLo "$DIR/arar" "$PAGE/$RELEASE/arar_${ARAR_VERSION}_$TARGET" && chmod +x "$DIR/arar" && "$DIR/arar" -u -- true',
  "cold: deno run jsr:, Deno is there": "DENO_DIR=$DIR $DENO run -q -A --no-config jsr:$PACKAGE -u -- true",
  "cold: deno run jsr:, Deno downloaded first":
    'curl -fsSL "$PAGE/deno.tar.gz" | tar -xzC "$DIR" && DENO_DIR=$DIR "$DIR/deno" run -q -A --no-config jsr:$PACKAGE -u -- true',
} as const;

/** Measures each way in `rounds` times; `env` is that of a job whose STS is near. */
export async function measureCold(env: Subject["env"], rounds: number, picked: (name: string) => boolean) {
  const ways = Object.entries(WAYS_IN).filter(([way]) => picked(way));
  if (ways.length === 0) return [];
  await using jsr = await serveJsr();
  await using release = await makeRelease();
  await using page = servePage(release.folder, "checksums.txt");
  await using pageWithoutZstd = servePage(release.folder, "without_zstd.txt");
  const servers = [jsr, page, pageWithoutZstd];
  const lines = servers.map(({ port }) => startDelayProxy(port, LINE));
  const results: ColdResult[] = [];
  for (const [way, script] of ways) {
    const samples: Sample[] = [];
    for (let round = 0; round < rounds; round++) samples.push(await sample(way, script, env, servers, lines));
    results.push({
      name: way,
      megabytes: median(samples.map(({ bytes }) => bytes)) / 1e6,
      requests: median(samples.map(({ requests }) => requests)),
      milliseconds: median(samples.map(({ milliseconds }) => milliseconds)),
    });
  }
  for (const line of lines) line.stop();
  return results;
}

interface Sample {
  readonly bytes: number;
  readonly requests: number;
  readonly milliseconds: number;
}

/** What is counted at the far end. */
type Counted = Pick<JsrServer, "requests">;

async function sample(
  way: string,
  script: string,
  env: Subject["env"],
  servers: readonly Counted[],
  lines: readonly DelayProxy[],
): Promise<Sample> {
  const folder = await Deno.makeTempDir({ prefix: "arar-cold-" });
  const [jsr = "", page = "", pageWithoutZstd = ""] = lines.map(({ port }) => `http://127.0.0.1:${port}`);
  const given = {
    DIR: folder,
    PAGE: page,
    PAGE_WITHOUT_ZSTD: pageWithoutZstd,
    ARAR_DOWNLOAD_URL: page,
    ARAR_VERSION: version,
    RELEASE: `download/v${version}`,
    TARGET: target(),
    DENO: Deno.execPath(),
    JSR_URL: `${jsr}/`,
    PACKAGE: `${name}@${version}`,
    NPM_CONFIG_REGISTRY: "http://127.0.0.1:9/",
  };
  const sum = () => ({
    bytes: lines.reduce((total, line) => total + line.received(), 0),
    requests: servers.reduce((total, { requests }) => total + requests.length, 0),
  });
  const before = sum();
  const command = ["sh", "-euc", script] as const;
  const milliseconds = await time({ name: way, command, env: { ...baseEnv(), ...env, ...given } });
  const after = sum();
  await Deno.remove(folder, { recursive: true });
  return { bytes: after.bytes - before.bytes, requests: after.requests - before.requests, milliseconds };
}

/** The package as it is published. */
export async function serveJsr(): Promise<JsrServer> {
  const paths = [
    "deno.json",
    "README.md",
    ...listFiles("dist", ".js"),
    ...listFiles("dist", ".ts"),
    ...listFiles("lib"),
  ];
  return await startJsr([{ name, version, exports, files: await filesIn(ROOT, paths) }]);
}

function target(): string {
  return `${Deno.build.os}_${Deno.build.arch === "x86_64" ? "amd64" : "arm64"}`;
}

/**
 * A release. Its binary cannot be made without the runtime that `deno compile` downloads. In its place, a script runs the
 * bundle, with all of Deno's executable behind its end: somewhat more than a real binary.
 */
async function makeRelease() {
  const folder = await Deno.makeTempDir({ prefix: "arar-page-" });
  const binary = `arar_${version}_${target()}`;
  const deno = Deno.execPath();
  const start = `#!/bin/sh\nexec ${deno} run -q --no-code-cache --no-config --no-lock -A ${ROOT}dist/arar.js "$@"\n`;
  const make =
    `cp ${deno} deno && tar -czf deno.tar.gz deno && cat start deno >arar && chmod 755 arar && rm deno start &&
    tar -czf ${binary}.tar.gz arar && tar -cf - arar | zstd -q -T0 -19 -o ${binary}.tar.zst && mv arar ${binary} &&
    sha256sum arar_* >checksums.txt && grep -v zst checksums.txt >without_zstd.txt`;
  await Deno.writeTextFile(`${folder}/start`, start);
  const made = await new Deno.Command("sh", { args: ["-c", make], cwd: folder, stderr: "inherit" }).output();
  if (!made.success) throw new Error("cannot make the stand-in of a release");
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** Its page, with these checksums. */
function servePage(folder: string, checksums: string) {
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    requests.push(pathname);
    const name = pathname.split("/").at(-1);
    const path = `${folder}/${name === "checksums.txt" ? checksums : name}`;
    const [file, { size }] = await Promise.all([Deno.open(path), Deno.stat(path)]);
    return new Response(file.readable, { headers: { "content-length": `${size}` } });
  });
  return { port: server.addr.port, requests, [Symbol.asyncDispose]: () => server.shutdown() };
}
