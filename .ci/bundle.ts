/**
 * Builds `dist/arar.js`, the program that releases embed and JSR offers, the files it loads on demand, and what JSR and the
 * licenses of others require beside them.
 *
 * Usage: deno run -A .ci/bundle.ts [FOLDER]
 *
 * Deno reads every file of a program at each start, and V8 every function in a file that is loaded, so there are few files:
 *
 * - `arar.js` is the entry. It loads `runtime.js`, which tells what cannot run arar.
 * - `app.js`, with `chunk.js`, is our modules, without those that we import by `import()`.
 * - `later.js` is those, which fewer runs need.
 * - `sts.js` is our module that imports the SDK, which is big and which a cached session does not need. The SDK is bundled in
 *   its form for browsers: a single `node:` module takes longer to load than all the rest of the program.
 */
// deno-lint-ignore-file no-console
import * as esbuild from "esbuild";
import { type CachedPackage, cachedPackages, type Graph, graphOf, linkPackages, type Module } from "./deno_graph.ts";
import { denoFlags } from "../tests/arar.ts";
import { licensesOf } from "./release/licenses.ts";

const [ENTRY, RUNTIME] = ["main.ts", "lib/system/runtime.ts"];

/**
 * The entry is tiny and static: Deno keeps no code cache for the entry of a `jsr:` run. Before the program it loads what ends
 * other runtimes with one line. JSR demands types of it: https://jsr.io/docs/about-slow-types
 */
const ENTRY_TEXT = `/* @ts-self-types="./arar.d.ts" */
import "./runtime.js";
import "./app.js";
`;

/** Modules of the SDK that are replaced by another of their own forms, or by nothing if STS never needs them. */
const REPLACED: readonly {
  readonly module: RegExp;
  readonly by: { readonly sibling: string } | { readonly text: string };
  readonly why: string;
}[] = [
  {
    module: /@aws-sdk.xml-builder.*xml-parser\.browser\.js$/,
    by: { sibling: "xml-parser.js" },
    why: "the browser form parses with DOMParser, which Deno lacks",
  },
  {
    module: /@smithy.core.*event-streams.index\.browser\.js$/,
    by: { text: "export {};" },
    why: "no STS operation streams",
  },
];

const COMMON = {
  bundle: true,
  minify: true,
  legalComments: "none",
  format: "esm",
  // What Deno 2.0 and Node 18 can parse: they end with a line of our own, not with a syntax error.
  target: "es2022",
  metafile: true,
  // Two modules with an export of the same name would both lose it in a file that exports what each does.
  logOverride: { "ambiguous-reexport": "error" },
} as const satisfies esbuild.BuildOptions;

const BROWSER: esbuild.BuildOptions = { platform: "browser", mainFields: ["browser", "module", "main"] };
/** Our modules that are loaded on demand and get a file of their own, by its name. */
type Apart = Map<string, string>;

/** The name of the file of our other modules that are imported by `import()`. */
const LATER = "later";

/** Resolves our modules and those of JSR by Deno's module graph, and collects what gets a file of its own. */
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
        if (kind === "entry-point" || namespace === LATER) return { path, namespace: "deno" };
        if (namespace !== "deno") return undefined;
        const found = target(importer, path);
        const onDemand = kind === "dynamic-import";
        if (found.startsWith("node:")) return { path: found, external: true };
        if (found.startsWith("npm:")) return build.resolve(bareName(found), { kind, resolveDir: packages });
        if (!onDemand) return { path: found, namespace: "deno" };
        if (!hasPackage(modules.get(found))) return { path: LATER, namespace: LATER };
        apart.set(fileName(found), found);
        return inFile(fileName(found));
      });
      build.onLoad({ filter: /.*/, namespace: LATER }, () => {
        return { contents: reexported(importedOnDemand(graph).filter((name) => !hasPackage(modules.get(name)))) };
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

/** `sts` of a module. */
function fileName(specifier: string): string {
  return specifier.replace(/^file:.*\/|\.ts$/g, "");
}

/** Our modules that are imported by `import()`. */
function importedOnDemand({ modules }: Graph): readonly string[] {
  const found = modules.flatMap(({ dependencies = [] }) =>
    dependencies.flatMap(({ code, isDynamic }) => isDynamic && code?.specifier ? [code.specifier] : [])
  );
  return found.filter((specifier) => specifier.startsWith("file:"));
}

/** One module that exports what each of these does. */
function reexported(modules: Iterable<string>): string {
  return [...new Set(modules)].sort().map((name) => `export * from ${JSON.stringify(name)};`).join("\n");
}

function hasPackage(module: Module | undefined): boolean {
  return module?.dependencies?.some(({ code, isDynamic }) => !isDynamic && code?.specifier?.startsWith("npm:")) ??
    false;
}

/** `deno.json` is the only JSON file the program imports, and all it reads of it is the version. */
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
  const graph = await graphOf(ENTRY, flags);
  const packages = await cachedPackages(graph);
  const linked = await linkPackages(packages);
  const apart: Apart = new Map();
  const options = { ...COMMON, outdir: folder, nodePaths: [`${linked}/node_modules`] };
  const ours = { ...options, ...BROWSER, plugins: [replacements, denoModules(graph, linked, apart)] };
  try {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    const built = [
      await esbuild.build({
        ...ours,
        entryPoints: { app: graph.roots[0] ?? "" },
        define: { "import.meta.main": "true" },
        splitting: true,
        chunkNames: "[name]",
      }),
      await esbuild.build({ ...ours, entryPoints: Object.fromEntries(apart) }),
      await esbuild.build({ ...options, entryPoints: [RUNTIME] }),
    ];
    const files = built.flatMap(({ metafile }) => Object.entries(metafile?.outputs ?? {}));
    await refuseDoubledClasses(files);
    await Deno.writeTextFile(`${folder}/arar.js`, ENTRY_TEXT);
    await writeTypes(folder);
    await writeLicenses(folder, files, packages);
    for (const [name] of files) console.log(`${name} ${Math.ceil((await Deno.stat(name)).size / 1000)} KB`);
  } finally {
    await esbuild.stop();
    await Deno.remove(linked, { recursive: true });
  }
}

/** The program exports nothing. Its documentation on JSR is that of the entry. */
async function writeTypes(folder: string): Promise<void> {
  const [documentation = ""] = /^\/\*\*.*?\*\/\n/s.exec(await Deno.readTextFile(ENTRY)) ?? [];
  await Deno.writeTextFile(`${folder}/arar.d.ts`, `${documentation}export {};\n`);
}

async function writeLicenses(folder: string, files: readonly Output[], packages: readonly CachedPackage[]) {
  const inputs = files.flatMap(([, { inputs }]) => Object.entries(inputs))
    .flatMap(([path, { bytesInOutput }]) => bytesInOutput > 0 ? [path] : []);
  const bundled = packages.filter(({ name, version }) => inputs.some((path) => path.includes(`/${name}/${version}/`)));
  // https://jsr.io/@scope/name/1.2.3/mod.ts
  const jsr = inputs.flatMap((path) =>
    /^deno:https?:\/\/[^/]+\/(@[^/]+\/[^/]+)\/([^/]+)\//.exec(path)?.slice(1).join("@") ?? []
  );
  const text = await licensesOf(bundled, [...new Set(jsr)], packages);
  await Deno.writeTextFile(`${folder}/arar_licenses.txt`, text);
}

type Output = [file: string, esbuild.Metafile["outputs"][string]];

/** A class that is in two files is two classes to `instanceof`. */
async function refuseDoubledClasses(files: readonly Output[]): Promise<void> {
  const homes = new Map<string, string>();
  for (const [file, { inputs }] of files) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput === 0 || !path.startsWith("deno:file:")) continue;
      const other = homes.get(path);
      const doubled = other !== undefined && /^(export )?class /m.test(await Deno.readTextFile(new URL(path.slice(5))));
      if (doubled) throw new Error(`a class of ${path} is in both ${other} and ${file}`);
      homes.set(path, file);
    }
  }
}

if (import.meta.main) await bundle(Deno.args[0] ?? "dist", denoFlags());
