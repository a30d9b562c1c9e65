/** Makes the package that `deno publish` would upload to JSR, and runs it from a local registry. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { baseEnv } from "../arar.ts";
import { bundleInto } from "../bundle.ts";
import { filesIn, type JsrPackage, type JsrServer, startJsr } from "../jsr_server.ts";
import { listFiles } from "./sources.ts";
import { sampleEnv, startSts } from "../sts_server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CONFIG: { readonly name: string; readonly version: string; readonly exports: Record<string, string> } = JSON
  .parse(Deno.readTextFileSync(`${ROOT}deno.json`));

Deno.test("the JSR package", async (t) => {
  await using project = await copyProject();
  await using std = await startJsr([await stdCli()]);
  const paths = await pathsToPublish(project, std);

  await t.step("contains the bundle, the library and their documents, but no tests", () => {
    const groups = Map.groupBy(paths, (path) => path.replace(/^(dist|lib)\/.*\.(ts|js)$/, "$1/*.$2"));
    assertEquals([...groups.keys()].sort(), [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "deno.json",
      "dist/*.js",
      "dist/*.ts",
      "dist/arar_licenses.txt",
      "lib/*.ts",
    ]);
  });

  await t.step("contains what it exports", () => {
    const exported = Object.values(CONFIG.exports).map((path) => path.replace("./", ""));
    assertEquals(exported.filter((path) => !paths.includes(path)), []);
  });

  await t.step("is documented", async () => {
    const { code, stderr } = await deno(["doc", "--lint", ...Object.values(CONFIG.exports)], project, std);
    assertEquals(code, 0, stderr);
  });

  const server = async () => await startJsr([await packageOf(project.folder, paths)]);

  await t.step("assumes a role on a machine with only Deno, without npm's registry", async () => {
    await using jsr = await server();
    await using machine = await newMachine(jsr);
    await using sts = await startSts();
    const { code, stdout, stderr } = await machine.run(["-u", "--", ...SHOW_KEY], sampleEnv(sts));
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertMatch(stdout, /^ASIA/);
    assertEquals(sts.requests.map(({ action }) => action), ["GetCallerIdentity", "AssumeRole"]);
    assertEquals(jsr.requests.filter((path) => !/meta\.json$|\/dist\/[\w-]+\.js$/.test(path)), []);
  });

  await t.step("starts from Deno's cache afterwards, without JSR", async () => {
    await using jsr = await server();
    await using machine = await newMachine(jsr);
    assertEquals((await machine.run(["--version"])).code, 0);
    await jsr[Symbol.asyncDispose]();
    const { code, stdout } = await machine.run(["--version"]);
    assertEquals(code, 0);
    assertMatch(stdout, new RegExp(`^arar ${CONFIG.version} `));
  });

  await t.step("does not touch the project it runs in with --no-config, which a frozen lock requires", async () => {
    await using jsr = await server();
    await using machine = await newMachine(jsr);
    const files = { "deno.json": '{ "lock": { "frozen": true } }', "deno.lock": '{ "version": "5" }' };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${machine.cwd}/${name}`, text);
    assertEquals((await machine.run(["--version"])).code, 0);
    assertEquals(await Deno.readTextFile(`${machine.cwd}/deno.lock`), files["deno.lock"]);
    assertMatch((await machine.run(["--version"], {}, [])).stderr, /lockfile is out of date/);
  });

  await t.step(
    "throws an ArarError from its library without npm's registry, from which that needs the SDK",
    async () => {
      await using jsr = await startJsr([await packageOf(project.folder, paths), await stdCli()]);
      await using machine = await newMachine(jsr);
      await Deno.writeTextFile(`${machine.cwd}/script.ts`, USE_LIBRARY);
      const { code, stdout } = await machine.deno(["run", "-A", "--no-check", "script.ts"], KEYS);
      assertEquals({ code, stdout }, {
        code: 0,
        stdout: "ArarError: cannot load the AWS SDK, npm:@aws-sdk/client-sts\n",
      });
    },
  );
});

const USE_LIBRARY = `import { assumeRole } from "jsr:${CONFIG.name}@${CONFIG.version}/lib";
try { await assumeRole({ roleArn: "arn:aws:iam::123456789012:role/x" }); } catch (error) { console.log(String(error)); }`;
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "x".repeat(40) };

/** Prints the command's access key ID. */
const SHOW_KEY = [Deno.execPath(), "eval", 'console.log(Deno.env.get("AWS_ACCESS_KEY_ID"))'];

interface Project {
  readonly folder: string;
  readonly denoDir: string;
}

/** A copy of the project with a bundle, without the lock, which pins packages that the local registry does not have. */
async function copyProject(): Promise<Project & AsyncDisposable> {
  // On macOS, the path of the temporary folder contains a link, which `deno publish` resolves.
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "arar-package-" }));
  const folder = `${root}/project`;
  for (const path of listFiles("").filter((path) => !/^(deno\.lock|\.git)$/.test(path))) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.copyFile(ROOT + path, `${folder}/${path}`);
  }
  await bundleInto(`${folder}/dist`);
  await Deno.writeTextFile(`${folder}/dist/bench.json`, "{}");
  // Downloads from the local registry must not stay in the real cache, but npm's packages can be used from there.
  const denoDir = `${root}/deno`;
  await Deno.mkdir(denoDir);
  await Deno.symlink(`${baseEnv().DENO_DIR}/npm`, `${denoDir}/npm`, { type: "junction" });
  return { folder, denoDir, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

/** The stand-in for the part of `@std/cli` that the library uses. */
async function stdCli(): Promise<JsrPackage> {
  const { specifiers }: { readonly specifiers: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.lock`),
  );
  const [, version = ""] = Object.entries(specifiers).find(([name]) => name.startsWith("jsr:@std/cli@")) ?? [];
  const files = await filesIn(`${ROOT}.ci/npm_only`, ["std_parse_args.ts"]);
  return { name: "@std/cli", version, exports: { "./parse-args": "./std_parse_args.ts" }, files };
}

async function deno(args: readonly string[], { folder, denoDir }: Project, { url }: JsrServer) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: folder,
    env: { JSR_URL: url, DENO_DIR: denoDir, NO_COLOR: "1" },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** The files that `deno publish` would upload. It warns of what JSR would reject. */
async function pathsToPublish(project: Project, jsr: JsrServer): Promise<string[]> {
  const { code, stdout, stderr } = await deno(["publish", "--dry-run", "--no-check"], project, jsr);
  assertEquals(code, 0, stderr);
  assert(!/^(warning|error)\b/m.test(stderr), stderr);
  const root = pathToFileURL(`${project.folder}/`).href;
  return [...`${stdout}${stderr}`.matchAll(/^ +(file:\S+) \(.*\)$/gm)].map(([, url = ""]) => url.replace(root, ""));
}

async function packageOf(folder: string, paths: readonly string[]): Promise<JsrPackage> {
  return { ...CONFIG, files: await filesIn(folder, paths) };
}

/** A home directory, a working directory and an empty cache. */
async function newMachine({ url }: JsrServer) {
  const folder = await Deno.makeTempDir({ prefix: "arar-machine-" });
  const cwd = `${folder}/work`;
  await Deno.mkdir(cwd);
  const own = { HOME: folder, DENO_DIR: `${folder}/deno`, JSR_URL: url, NPM_CONFIG_REGISTRY: "http://127.0.0.1:9/" };
  const deno = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd,
      env: { ...baseEnv(), ...own, ...env },
      clearEnv: true,
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  };
  const program = `jsr:${CONFIG.name}@${CONFIG.version.split(".")[0]}`;
  return {
    cwd,
    deno,
    run: (words: readonly string[], env?: Record<string, string>, flags: readonly string[] = ["--no-config"]) =>
      deno(["run", "--quiet", "-A", ...flags, program, ...words], env),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
