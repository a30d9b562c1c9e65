/**
 * A JSR registry on 127.0.0.1 that serves packages as jsr.io does, including their module graph: https://jsr.io/docs/api
 */
import { dynamicImports, staticImports } from "./bundle.ts";

/** One version of a package. */
export interface JsrPackage {
  /** With its scope: `@std/cli`. */
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  /** By path: `/mod.ts`. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export interface JsrServer {
  /** For `JSR_URL`. */
  readonly url: string;
  readonly port: number;
  /** Every path that was requested. */
  readonly requests: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** The files of the folder, by relative path. */
export async function filesIn(folder: string, paths: Iterable<string>): Promise<JsrPackage["files"]> {
  return new Map(
    await Promise.all(
      [...paths].map(async (path) => [`/${path}`, await Deno.readFile(`${folder}/${path}`)] as const),
    ),
  );
}

/** Starts the registry; `await using` stops it. */
export async function startJsr(packages: readonly JsrPackage[]): Promise<JsrServer> {
  const bodies = new Map<string, Uint8Array<ArrayBuffer>>((await Promise.all(packages.map(bodiesOf))).flat());
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    const { pathname } = new URL(url);
    requests.push(pathname);
    const body = bodies.get(pathname);
    return body ? new Response(body, { headers: { "content-type": typeOf(pathname) } }) : NOT_FOUND.clone();
  });
  const { port } = server.addr;
  return { url: `http://127.0.0.1:${port}/`, port, requests, [Symbol.asyncDispose]: () => server.shutdown() };
}

const NOT_FOUND = new Response("Not Found", { status: 404 });

/** Older than Deno's minimum dependency age. */
const CREATED = "2020-01-01T00:00:00Z";

async function bodiesOf({ name, version, exports, files }: JsrPackage) {
  const [scope = "", bare = ""] = name.slice(1).split("/");
  const manifest = Object.fromEntries(
    await Promise.all([...files].map(async ([path, bytes]) => [path, await entryOf(bytes)])),
  );
  const moduleGraph2 = Object.fromEntries([...files].flatMap(([path, bytes]) => graphOf(path, bytes)));
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  return [
    [
      `/${name}/meta.json`,
      json({ scope, name: bare, latest: version, versions: { [version]: { createdAt: CREATED } } }),
    ],
    [`/${name}/${version}_meta.json`, json({ manifest, moduleGraph2, exports })],
    ...[...files].map(([path, bytes]) => [`/${name}/${version}${path}`, bytes] as const),
  ] as const;
}

async function entryOf(bytes: Uint8Array<ArrayBuffer>) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { size: bytes.length, checksum: `sha256-${digest.toHex()}` };
}

const NOWHERE = [[0, 0], [0, 0]];

/** Tells Deno what to download next before a module has arrived. Only our own modules have it. */
function graphOf(path: string, bytes: Uint8Array): [string, unknown][] {
  if (!path.endsWith(".js")) return [];
  const code = new TextDecoder().decode(bytes);
  const dependencies = [
    ...staticImports(code).map((specifier) => ({ type: "static", kind: "import", specifier, specifierRange: NOWHERE })),
    ...dynamicImports(code).map((argument) => ({ type: "dynamic", argument, argumentRange: NOWHERE })),
  ];
  return [[path, { dependencies }]];
}

function typeOf(path: string): string {
  if (path.endsWith(".json")) return "application/json";
  return path.endsWith(".ts") ? "text/typescript" : "text/javascript";
}
