/**
 * Reads Deno's module graph and finds its npm packages on disk, so that esbuild bundles exactly the code that Deno would run.
 */

/** The parts of the output of `deno info --json` that are used. */
export interface Graph {
  readonly roots: readonly string[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly modules: readonly Module[];
  readonly npmPackages: Readonly<Record<string, Package>>;
}

export interface Module {
  readonly kind: string;
  readonly specifier: string;
  readonly local?: string;
  readonly mediaType?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly registryUrl: string;
}

/** An npm package in Deno's cache. */
export interface CachedPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/** The graph of a program. Downloads everything in it. */
export async function graphOf(entry: string, flags: readonly string[]): Promise<Graph> {
  // Downloads what is missing, which `deno info` does not do for packages.
  await deno("cache", "--quiet", ...flags, entry);
  return JSON.parse(await deno("info", "--json", ...flags, entry));
}

/** The npm packages of a graph, sorted. */
export async function cachedPackages(graph: Graph): Promise<readonly CachedPackage[]> {
  const { npmCache } = JSON.parse(await deno("info", "--json"));
  return Object.values(graph.npmPackages).map(({ name, version, registryUrl }) => {
    const { host, pathname } = new URL(registryUrl);
    return { name, version, folder: `${npmCache}/${host}${pathname}${name}/${version}` };
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Makes a `node_modules` of links to the packages in a new folder; the result is that folder. */
export async function linkPackages(packages: readonly CachedPackage[]): Promise<string> {
  refuseTwice(packages);
  const root = await Deno.makeTempDir({ prefix: "arar-bundle-" });
  for (const { name, folder } of packages) {
    const link = `${root}/node_modules/${name}`;
    await Deno.mkdir(link.slice(0, link.lastIndexOf("/")), { recursive: true });
    await Deno.symlink(folder, link, { type: "junction" });
  }
  return root;
}

/** A flat folder cannot have two versions of a package. */
function refuseTwice(packages: readonly CachedPackage[]): void {
  const twice = [...Map.groupBy(packages, ({ name }) => name).values()].filter(({ length }) => length > 1);
  if (twice.length === 0) return;
  const names = twice.map((versions) => versions.map(({ name, version }) => `${name}@${version}`).join(" and "));
  throw new Error(`the lock has a package twice: ${names.join(", ")}; update what depends on the older one`);
}

async function deno(...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`deno ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout);
}
