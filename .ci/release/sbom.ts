/**
 * Writes a release's bill of materials, as CycloneDX 1.6 JSON, from `deno.lock`: every locked package with its hash. Packages
 * that the program does not need are marked as excluded. The same lock gives the same text.
 */
// deno-lint-ignore-file no-console

import { listFiles, readSource, readText } from "../../tests/project/sources.ts";
import { versionOf } from "./version.ts";

/** The parts of `deno.lock` (version 5) that are read. */
export interface Lock {
  readonly version: string;
  readonly specifiers: Readonly<Record<string, string>>;
  readonly jsr?: Readonly<Record<string, LockedPackage>>;
  readonly npm?: Readonly<Record<string, LockedPackage>>;
  readonly workspace: { readonly dependencies: readonly string[] };
}

interface LockedPackage {
  readonly integrity: string;
  readonly dependencies?: readonly string[];
}

interface Package {
  readonly registry: "jsr" | "npm";
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  /** Keys of {@linkcode Graph}. */
  readonly dependencies: readonly string[];
}

/** By `registry:name@version`. */
type Graph = ReadonlyMap<string, Package>;

/** The bill of materials of a version. `needed` tells whether the program itself imports a package. */
export async function billOfMaterials(
  lock: Lock,
  version: string,
  needed: (name: string) => boolean,
): Promise<Record<string, unknown>> {
  if (lock.version !== "5") throw new Error(`cannot read a lock of version ${lock.version}, only of 5`);
  const graph = graphOf(lock);
  const roots = lock.workspace.dependencies.map((specifier) => resolve(lock, specifier));
  const required = reachable(graph, roots.filter((key) => needed(graph.get(key)?.name ?? "")));
  const program = `pkg:github/ikedam/arar@v${version}`;
  const contents = {
    metadata: {
      component: {
        type: "application",
        "bom-ref": program,
        name: "arar",
        version,
        purl: program,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: [...graph].map(([key, one]) => ({
      type: "library",
      "bom-ref": purl(one),
      name: one.name,
      version: one.version,
      purl: purl(one),
      scope: required.has(key) ? "required" : "excluded",
      hashes: [hashOf(one.integrity)],
    })),
    dependencies: [
      { ref: program, dependsOn: refs(graph, roots) },
      ...[...graph.values()].map((one) => ({ ref: purl(one), dependsOn: refs(graph, one.dependencies) })),
    ],
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    // actions/attest takes no CycloneDX without one.
    serialNumber: `urn:uuid:${await uuidOf(JSON.stringify(contents))}`,
    version: 1,
    ...contents,
  };
}

/** A UUID of version 8, whose bits are those of a hash: https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
async function uuidOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function graphOf(lock: Lock): Graph {
  const packages = (["jsr", "npm"] as const).flatMap((registry) =>
    Object.entries(lock[registry] ?? {}).map(([id, { integrity, dependencies = [] }]): [string, Package] => {
      const at = id.indexOf("@", 1);
      // An underscore is followed by the peer dependencies that were resolved for this copy.
      const version = id.slice(at + 1).split("_")[0] ?? "";
      const of = dependencies.map((dependency) =>
        registry === "jsr" ? resolve(lock, dependency) : npmKey(lock, dependency)
      );
      return [`${registry}:${id}`, { registry, name: id.slice(0, at), version, integrity, dependencies: of }];
    })
  );
  return new Map(packages);
}

/** The key of a specifier in the lock: `jsr:@std/cli@^1.0.28`, or `jsr:@std/internal` if there is only one. */
function resolve(lock: Lock, specifier: string): string {
  const wanted = specifier.indexOf("@", specifier.indexOf(":") + 2) === -1 ? `${specifier}@` : specifier;
  const found = Object.entries(lock.specifiers).find(([known]) => known === specifier || known.startsWith(wanted));
  if (!found) throw new Error(`deno.lock does not say which version ${specifier} is`);
  const [known, version] = found;
  return `${known.slice(0, known.indexOf("@", known.indexOf(":") + 2))}@${version}`;
}

/** npm packages are named with their version only if there are several. */
function npmKey(lock: Lock, dependency: string): string {
  const found = Object.keys(lock.npm ?? {}).find((id) => id === dependency || id.startsWith(`${dependency}@`));
  if (!found) throw new Error(`deno.lock does not hold npm:${dependency}`);
  return `npm:${found}`;
}

function reachable(graph: Graph, from: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    seen.add(key);
    graph.get(key)?.dependencies.forEach(visit);
  };
  from.forEach(visit);
  return seen;
}

function refs(graph: Graph, keys: readonly string[]): string[] {
  return keys.map((key) => {
    const one = graph.get(key);
    if (!one) throw new Error(`deno.lock does not hold ${key}`);
    return purl(one);
  });
}

/** https://github.com/package-url/purl-spec: the @ of a scope is escaped. There is no type for JSR yet. */
function purl({ registry, name, version }: Package): string {
  const path = name.replace("@", "%40");
  return registry === "npm"
    ? `pkg:npm/${path}@${version}`
    : `pkg:generic/${path}@${version}?download_url=https://jsr.io/${name}`;
}

/** npm's integrity is `sha512-BASE64`; JSR's is the SHA-256 of the version's manifest, in hex. */
function hashOf(integrity: string): { readonly alg: string; readonly content: string } {
  const [, base64] = /^sha512-(.+)$/.exec(integrity) ?? [];
  if (base64 === undefined) return { alg: "SHA-256", content: integrity };
  return { alg: "SHA-512", content: Uint8Array.fromBase64(base64).toHex() };
}

/** Whether one of these imports is the package or a part of it. */
export function isImported(name: string, imports: readonly string[]): boolean {
  return imports.some((target) => target === name || target.startsWith(`${name}/`));
}

if (import.meta.main) {
  const modules = ["main.ts", ...listFiles("lib", ".ts")].map(readSource);
  const imports = modules.flatMap((module) => module.imports.map(({ target }) => target));
  const lock: Lock = JSON.parse(readText("deno.lock"));
  const bill = await billOfMaterials(lock, versionOf(readText("deno.json")), (name) => isImported(name, imports));
  console.log(JSON.stringify(bill, null, 2));
}
