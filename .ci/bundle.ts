/**
 * Builds `dist/arar.js`, the program that releases embed and JSR offers, the files it loads, and what JSR and the licenses of
 * others require beside them.
 *
 * Usage: deno run -A .ci/bundle.ts [FOLDER]
 *
 * Deno reads every file of a program at each start, and V8 every function in a file that is loaded, so there are few files:
 *
 * - `arar.js` is `main.ts`, a few lines, since Deno keeps no code cache for the entry of a `jsr:` run.
 * - `chunk.js` is what that imports: our modules, without those that we import by `import()`.
 * - `later.js` is those, which fewer runs need.
 * - `sts.js` is our module that imports the SDK, which is big and which a cached session does not need. The SDK is bundled in
 *   its form for browsers: a single `node:` module takes longer to load than all the rest of the program.
 */
// deno-lint-ignore-file no-console
import * as esbuild from "esbuild";
import { type CachedPackage, cachedPackages, type Graph, graphOf, linkPackages, type Module } from "./deno_graph.ts";
import { denoFlags } from "../tests/arar.ts";
import { licensesOf } from "./release/licenses.ts";

const ENTRY = "main.ts";

/** JSR demands types of a JavaScript entry: https://jsr.io/docs/about-slow-types */
const SELF_TYPES = '/* @ts-self-types="./arar.d.ts" */\n';

/** Modules of the SDK of which STS needs another form, or less. */
const EDITED: readonly { readonly module: RegExp; readonly edit: (text: string) => string; readonly why: string }[] = [
  {
    module: /@aws-sdk.xml-builder.*xml-parser\.browser\.js$/,
    edit: () => 'export * from "./xml-parser.js";',
    why: "the browser form parses with DOMParser, which Deno lacks",
  },
  {
    module: /createUserAgentStringParsingProvider\.js$/,
    edit: (text) => text.replace('await import("bowser")', "{ default: {} }"),
    why: "it parses the name of a browser, which `window` has, which Deno lacks",
  },
  {
    module: /@smithy.core.*HttpProtocol\.js$/,
    edit: (text) => text.replace('await import("@smithy/core/event-streams")', "{}"),
    why: "no STS operation streams",
  },
];

const OPTIONS = {
  bundle: true,
  splitting: true,
  chunkNames: "[name]",
  minify: true,
  legalComments: "none",
  format: "esm",
  platform: "browser",
  mainFields: ["browser", "module", "main"],
  // What Deno 2.0 and Node 18 can parse: they end with a line of our own, not with a syntax error.
  target: "es2022",
  metafile: true,
  // Two modules with an export of the same name would both lose it in a file that exports what each does.
  logOverride: { "ambiguous-reexport": "error" },
} as const satisfies esbuild.BuildOptions;

/** The file of our modules without packages that are imported by `import()`. */
const LATER = "later";

/** Resolves our modules and those of JSR by Deno's module graph. */
function denoModules({ modules: all, redirects, roots }: Graph, packages: string): esbuild.Plugin {
  const modules = new Map(all.map((module) => [module.specifier, module]));
  const imports = (which: (dynamic: boolean) => boolean, of: readonly (Module | undefined)[]) =>
    of.flatMap((one) => one?.dependencies ?? []).filter(({ isDynamic }) => which(isDynamic ?? false))
      .flatMap(({ code }) => code?.specifier ? [code.specifier] : []);
  const hasPackage = (path: string) => imports((dynamic) => !dynamic, [modules.get(path)]).some(isPackage);
  const onDemand = [...new Set(imports((dynamic) => dynamic, all))].filter((path) => path.startsWith("file:")).sort();
  // What is loaded later imports all that the entry does: so esbuild has a single file for it, and no copies.
  const same = imports((dynamic) => !dynamic, [modules.get(roots[0] ?? "")]).map((path) => `import "${path}";\n`).join(
    "",
  );
  const later = onDemand.filter((path) => !hasPackage(path)).map((path) => `export * from "${path}";\n`).join("");
  return {
    name: "deno modules",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind, namespace }) => {
        if (path.startsWith("node:")) return { path, external: true };
        if (modules.has(path)) return { path, namespace: "deno" };
        if (namespace !== "deno") return undefined;
        const listed = modules.get(importer)?.dependencies?.find(({ specifier }) => specifier === path)?.code
          ?.specifier;
        if (listed === undefined) throw new Error(`${importer} imports ${path}, which deno info does not list`);
        const found = redirects[listed] ?? listed;
        if (isPackage(found)) return build.resolve(path, { kind, resolveDir: packages });
        const isLater = kind === "dynamic-import" && !hasPackage(found);
        return isLater ? { path: LATER, namespace: LATER } : { path: found, namespace: "deno" };
      });
      build.onLoad({ filter: /.*/, namespace: LATER }, () => ({ contents: later + same }));
      build.onLoad({ filter: /.*/, namespace: "deno" }, async ({ path }) => {
        const { local, mediaType } = modules.get(path) ?? {};
        if (local === undefined) throw new Error(`${path} is not in Deno's cache`);
        const text = await Deno.readTextFile(local);
        if (mediaType === "Json") return { contents: versionOnly(text), loader: "json" };
        return {
          contents: onDemand.includes(path) ? text + same : text,
          loader: mediaType === "TypeScript" ? "ts" : "js",
        };
      });
    },
  };
}

function isPackage(specifier: string): boolean {
  return specifier.startsWith("npm:");
}

/** `deno.json` is the only JSON file the program imports, and all it reads of it is the version. */
function versionOnly(text: string): string {
  return JSON.stringify({ version: JSON.parse(text).version });
}

const edits: esbuild.Plugin = {
  name: "edits",
  setup(build) {
    for (const { module, edit } of EDITED) {
      build.onLoad({ filter: module }, async ({ path }) => ({ contents: edit(await Deno.readTextFile(path)) }));
    }
  },
};

async function bundle(folder: string, flags: readonly string[]): Promise<void> {
  const graph = await graphOf(ENTRY, flags);
  const packages = await cachedPackages(graph);
  const linked = await linkPackages(packages);
  try {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    const { metafile: { outputs } } = await esbuild.build({
      ...OPTIONS,
      entryPoints: { arar: graph.roots[0] ?? "" },
      outdir: folder,
      nodePaths: [`${linked}/node_modules`],
      plugins: [edits, denoModules(graph, linked)],
    });
    await Deno.writeTextFile(`${folder}/arar.js`, SELF_TYPES + await Deno.readTextFile(`${folder}/arar.js`));
    await writeTypes(folder);
    await writeLicenses(folder, Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs)), packages);
    for (const [name, { bytes }] of Object.entries(outputs)) console.log(`${name} ${Math.ceil(bytes / 1000)} KB`);
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

type Input = [path: string, { readonly bytesInOutput: number }];

async function writeLicenses(folder: string, all: readonly Input[], packages: readonly CachedPackage[]): Promise<void> {
  const inputs = all.flatMap(([path, { bytesInOutput }]) => bytesInOutput > 0 ? [path] : []);
  const bundled = packages.filter(({ name, version }) => inputs.some((path) => path.includes(`/${name}/${version}/`)));
  // https://jsr.io/@scope/name/1.2.3/mod.ts
  const jsr = inputs.flatMap((path) =>
    /^deno:https?:\/\/[^/]+\/(@[^/]+\/[^/]+)\/([^/]+)\//.exec(path)?.slice(1).join("@") ?? []
  );
  const text = await licensesOf(bundled, [...new Set(jsr)], packages);
  await Deno.writeTextFile(`${folder}/arar_licenses.txt`, text);
}

if (import.meta.main) await bundle(Deno.args[0] ?? "dist", denoFlags());
