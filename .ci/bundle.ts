/**
 * Makes `dist/arar.js`, the program as releases embed it, and the files beside it that it imports when it needs them.
 * It must not know what the program does, only how its modules are found: as Deno finds them.
 *
 * Usage: deno run -A .ci/bundle.ts [FOLDER] [flags for `deno info`, as --import-map=…]
 *
 * All modules of ours are in one file, for each file that Deno opens costs time, but those that a package is part of, which
 * are big. Packages that such a module imports statically are bundled in the form that they have for browsers, which needs
 * nothing of Node: loading one `node:` module costs more than all the rest of the program. Packages that we import by
 * `import()` are for the rarer ways to credentials, read files and start processes: they come in their form for Node.
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

const ENTRY = "main.ts";

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
  bundle: true,
  format: "esm",
  target: "esnext",
  minify: true,
  legalComments: "none",
  metafile: true,
} as const satisfies esbuild.BuildOptions;

const BROWSER: esbuild.BuildOptions = { platform: "browser", mainFields: ["browser", "module", "main"] };
const NODE: esbuild.BuildOptions = { platform: "node", mainFields: ["module", "main"] };

/** What stands in a file of its own, by the name of that file: modules of ours, packages. */
interface Apart {
  readonly modules: Map<string, string>;
  readonly packages: Map<string, string>;
}

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

/** Resolves our modules, and those of JSR, as Deno's module graph says, and notes what is to stand in a file of its own. */
function denoModules(graph: Graph, packages: string, apart: Apart): esbuild.Plugin {
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const target = (importer: string, path: string): string => {
    const found = modules.get(importer)?.dependencies?.find(({ specifier }) => specifier === path)?.code?.specifier;
    if (found === undefined) throw new Error(`${importer} imports ${path}, which deno info does not list`);
    return graph.redirects[found] ?? found;
  };
  const inFile = (name: string) => ({ path: `./${name}.js`, external: true });
  return {
    name: "deno modules",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind, namespace }) => {
        if (kind === "entry-point") return { path, namespace: "deno" };
        if (namespace !== "deno") return undefined;
        const found = target(importer, path);
        const onDemand = kind === "dynamic-import";
        if (found.startsWith("node:")) return { path: found, external: true };
        if (found.startsWith("npm:")) {
          const bare = bareName(found);
          if (!onDemand) return build.resolve(bare, { kind, resolveDir: packages });
          apart.packages.set(fileName(bare), bare);
          return inFile(fileName(bare));
        }
        if (!onDemand || !hasPackage(modules.get(found))) return { path: found, namespace: "deno" };
        apart.modules.set(fileName(found), found);
        return inFile(fileName(found));
      });
      build.onLoad({ filter: /.*/, namespace: "deno" }, async ({ path }) => {
        const module = modules.get(path);
        if (module?.local === undefined) throw new Error(`${path} is not in Deno's cache`);
        const text = await Deno.readTextFile(module.local);
        return { contents: module.mediaType === "Json" ? versionOnly(text) : text, loader: loaderOf(module) };
      });
    },
  };
}

/** `npm:/@smithy/core@3.41.0/config` is `@smithy/core/config` to everybody but Deno. */
function bareName(specifier: string): string {
  return specifier.replace(/^npm:\/?/, "").replace(/^(@[^/]+\/[^@/]+|[^@/]+)@[^/]+/, "$1");
}

/** `aws-sdk-client-sts` of a package, `sts` of a module. */
function fileName(specifier: string): string {
  return specifier.replace(/^@|^file:.*\/|\.ts$/g, "").replaceAll("/", "-");
}

function hasPackage(module: Module | undefined): boolean {
  return module?.dependencies?.some(({ code, isDynamic }) => !isDynamic && code?.specifier?.startsWith("npm:")) ??
    false;
}

/** `deno.json` is the one JSON file of the program, its version all that is read of it. */
function versionOnly(text: string): string {
  return JSON.stringify({ version: JSON.parse(text).version });
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

async function bundle(folder: string, flags: readonly string[]): Promise<void> {
  // Fetches what is missing, which `deno info` does not do for packages.
  await deno("cache", "--quiet", ...flags, ENTRY);
  const graph: Graph = JSON.parse(await deno("info", "--json", ...flags, ENTRY));
  const packages = await linkPackages(graph);
  const apart: Apart = { modules: new Map(), packages: new Map() };
  const options = { ...COMMON, outdir: folder, nodePaths: [`${packages}/node_modules`] };
  const ours = { ...options, ...BROWSER, plugins: [replacements, denoModules(graph, packages, apart)] };
  try {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    const built = [
      await esbuild.build({ ...ours, entryPoints: { arar: graph.roots[0] ?? "" } }),
      await esbuild.build({ ...ours, entryPoints: Object.fromEntries(apart.modules) }),
      await esbuild.build({ ...options, ...NODE, entryPoints: Object.fromEntries(apart.packages), splitting: true }),
    ];
    const files = built.flatMap(({ metafile }) => Object.entries(metafile?.outputs ?? {}));
    await refuseDoubledClasses(files);
    for (const [name, { bytes }] of files) console.log(`${name} ${Math.ceil(bytes / 1000)} KB`);
  } finally {
    await esbuild.stop();
    await Deno.remove(packages, { recursive: true });
  }
}

type Outputs = esbuild.Metafile["outputs"];

/** A class that stands in two files is two classes, which `instanceof` tells apart. */
async function refuseDoubledClasses(files: readonly [string, Outputs[string]][]): Promise<void> {
  const homes = new Map<string, string>();
  for (const [file, { inputs }] of files) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput === 0 || !path.startsWith("deno:file:")) continue;
      const other = homes.get(path);
      const doubled = other !== undefined && /^(export )?class /m.test(await Deno.readTextFile(new URL(path.slice(5))));
      if (doubled) throw new Error(`a class of ${path} stands in ${other} and in ${file}`);
      homes.set(path, file);
    }
  }
}

if (import.meta.main) {
  const [first = "", ...rest] = Deno.args;
  if (first === "" || first.startsWith("-")) await bundle("dist", Deno.args);
  else await bundle(first, rest);
}
