/**
 * Makes `dist/arar.js`, the program as releases embed it, and the chunks beside it that it imports when it needs them.
 * It must not know what the program does, only how its modules are found: as Deno finds them.
 *
 * Usage: deno run -A .ci/bundle.ts [flags for `deno info`, as --import-map=…]
 *
 * Packages that the program imports statically are bundled in the form that they have for browsers, which needs nothing of
 * Node: loading one `node:` module costs more than all the rest of the program. Packages that it imports by `import()` are
 * for the rarer ways to credentials and read files or start processes: they are chunks of their own, in their form for Node.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import * as esbuild from "esbuild";

/** What `deno info --json` says, as far as it is used. */
interface Graph {
  readonly roots: readonly string[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly modules: readonly Module[];
  readonly npmPackages: Readonly<Record<string, Package>>;
}

interface Module {
  readonly kind: string;
  readonly specifier: string;
  readonly local?: string;
  readonly mediaType?: string;
  readonly dependencies?: readonly { readonly specifier: string; readonly code?: { readonly specifier?: string } }[];
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly registryUrl: string;
}

const ENTRY = "main.ts";
const OUT = "dist";

/** Modules of the SDK in whose place another of its own forms stands, or nothing, where STS never needs their work. */
const REPLACED: readonly {
  readonly module: RegExp;
  readonly by: { readonly sibling: string } | { readonly text: string };
  readonly why: string;
}[] = [
  {
    module: /@aws-sdk.xml-builder.*xml-parser\.browser\.js$/,
    by: { sibling: "xml-parser.js" },
    why: "the browser's form parses with DOMParser, which Deno has not",
  },
  {
    module: /@smithy.core.*event-streams.index\.browser\.js$/,
    by: { text: "export {};" },
    why: "no operation of STS streams",
  },
  {
    module: /bowser.*\.m?js$/,
    by: { text: "export {};" },
    why: "names a browser in the user agent; ours is given",
  },
];

const COMMON = {
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "esnext",
  minify: true,
  legalComments: "none",
  chunkNames: "[name]-[hash]",
  metafile: true,
} as const satisfies esbuild.BuildOptions;

async function deno(...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`deno ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout);
}

/** A `node_modules` of links into Deno's npm cache, so that esbuild sees the very packages of the lock. */
async function linkPackages(graph: Graph): Promise<string> {
  const { npmCache } = JSON.parse(await deno("info", "--json"));
  const root = await Deno.makeTempDir({ prefix: "arar-bundle-" });
  for (const { name, version, registryUrl } of Object.values(graph.npmPackages)) {
    const { host, pathname } = new URL(registryUrl);
    const link = `${root}/node_modules/${name}`;
    await Deno.mkdir(link.slice(0, link.lastIndexOf("/")), { recursive: true });
    // Throws where the lock has a package twice: one flat folder could not say which of the two is meant.
    await Deno.symlink(`${npmCache}/${host}${pathname}${name}/${version}`, link, { type: "junction" });
  }
  return root;
}

/** Resolves our modules, and those of JSR, as Deno's module graph says; `import()` of a package as that package's chunk. */
function denoModules(graph: Graph, packages: string, chunks: Map<string, string>): esbuild.Plugin {
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const target = (importer: string, path: string): string => {
    const found = modules.get(importer)?.dependencies?.find(({ specifier }) => specifier === path)?.code?.specifier;
    if (found === undefined) throw new Error(`${importer} imports ${path}, which deno info does not list`);
    return graph.redirects[found] ?? found;
  };
  return {
    name: "deno modules",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind, namespace }) => {
        if (kind === "entry-point") return { path: graph.roots[0] ?? "", namespace: "deno" };
        if (namespace !== "deno") return undefined;
        const found = target(importer, path);
        if (found.startsWith("node:")) return { path: found, external: true };
        if (!found.startsWith("npm:")) return { path: found, namespace: "deno" };
        const bare = bareName(found);
        if (kind !== "dynamic-import") return build.resolve(bare, { kind, resolveDir: packages });
        chunks.set(chunkName(bare), bare);
        return { path: `./${chunkName(bare)}.js`, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: "deno" }, async ({ path }) => {
        const module = modules.get(path);
        if (module?.local === undefined) throw new Error(`${path} is not in Deno's cache`);
        return { contents: await Deno.readTextFile(module.local), loader: loaderOf(module) };
      });
    },
  };
}

/** `npm:/@smithy/core@3.41.0/config` is `@smithy/core/config` to everybody but Deno. */
function bareName(specifier: string): string {
  return specifier.replace(/^npm:\/?/, "").replace(/^(@[^/]+\/[^@/]+|[^@/]+)@[^/]+/, "$1");
}

function chunkName(bare: string): string {
  return bare.replace(/^@/, "").replaceAll("/", "-");
}

function loaderOf({ mediaType }: Module): esbuild.Loader {
  switch (mediaType) {
    case "TypeScript":
      return "ts";
    case "Json":
      return "json";
    default:
      return "js";
  }
}

const replacements: esbuild.Plugin = {
  name: "replacements",
  setup(build) {
    for (const { module, by } of REPLACED) {
      build.onLoad({ filter: module }, async ({ path }) => {
        const resolveDir = path.replace(/[^/\\]+$/, "");
        return { contents: "text" in by ? by.text : await Deno.readTextFile(resolveDir + by.sibling), resolveDir };
      });
    }
  },
};

async function bundle(flags: readonly string[]): Promise<void> {
  // Fetches what is missing, which `deno info` does not do for packages.
  await deno("cache", "--quiet", ...flags, ENTRY);
  const graph: Graph = JSON.parse(await deno("info", "--json", ...flags, ENTRY));
  const packages = await linkPackages(graph);
  try {
    await Deno.remove(OUT, { recursive: true }).catch(() => {});
    const nodePaths = [`${packages}/node_modules`];
    const chunks = new Map<string, string>();
    const program = await esbuild.build({
      ...COMMON,
      entryPoints: { arar: ENTRY },
      platform: "browser",
      mainFields: ["browser", "module", "main"],
      nodePaths,
      plugins: [replacements, denoModules(graph, packages, chunks)],
    });
    const rarer = await esbuild.build({
      ...COMMON,
      entryPoints: Object.fromEntries(chunks),
      platform: "node",
      mainFields: ["module", "main"],
      nodePaths,
    });
    for (const [name, { bytes }] of Object.entries({ ...program.metafile.outputs, ...rarer.metafile.outputs })) {
      console.log(`${name} ${Math.ceil(bytes / 1000)} KB`);
    }
  } finally {
    await esbuild.stop();
    await Deno.remove(packages, { recursive: true });
  }
}

if (import.meta.main) await bundle(Deno.args);
