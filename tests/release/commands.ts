/**
 * Runs the compile command of the release workflow for every target. The runtime that Deno would download is replaced by
 * another executable of the target's format, so the binaries are complete, but do not run. Not part of the suite, since it
 * downloads some 250 MB.
 */
// deno-lint-ignore-file no-console

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { readText, ROOT } from "../project/sources.ts";
import { commandOf, targetsOf } from "./workflow.ts";

const RELEASE = readText(".github/workflows/release.yml");

/** At most twice the size when the limit was set. A package that is included by mistake is larger. */
const PAYLOAD_LIMIT_KB = 700;

/** npm packages with a Deno for each target, and the first bytes of such a file. */
const STAND_INS: { readonly [target: string]: { readonly name: string; readonly magic: string } } = {
  "x86_64-unknown-linux-gnu": { name: "linux-x64-glibc", magic: "7f454c46" },
  "aarch64-unknown-linux-gnu": { name: "linux-arm64-glibc", magic: "7f454c46" },
  "x86_64-apple-darwin": { name: "darwin-x64", magic: "cffaedfe" },
  "aarch64-apple-darwin": { name: "darwin-arm64", magic: "cffaedfe" },
  "x86_64-pc-windows-msvc": { name: "win32-x64", magic: "4d5a9000" },
  "aarch64-pc-windows-msvc": { name: "win32-arm64", magic: "4d5a9000" },
};

Deno.test("the release's compile command", async (t) => {
  for (const { target, asset } of targetsOf(RELEASE)) {
    await t.step(`embeds the bundle for ${target}`, async () => {
      const standIn = STAND_INS[target];
      assert(standIn, `no stand-in for ${target}`);
      const runtime = await fetchRuntime(standIn.name);
      const folder = await Deno.makeTempDir();
      try {
        const binary = `${folder}/arar_${asset}`;
        const report = await compile(target, binary, runtime);
        const files = embeddedFiles(report);
        assert(files.includes("arar.js"), report);
        assertEquals(files.filter((name) => !/^[\w.-]+\.js$/.test(name)), [], "only modules of the bundle");
        const payload = payloadKilobytes(report);
        console.log(`${asset}: ${files.length} files, ${payload} KB beside the runtime`);
        assertLess(payload, PAYLOAD_LIMIT_KB);
        assertEquals(await firstBytes(binary), standIn.magic);
        assertGreater((await Deno.stat(binary)).size, (await Deno.stat(runtime)).size);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
});

/** The executable in one of Deno's npm packages, in the version that is running. */
async function fetchRuntime(name: string): Promise<string> {
  const id = `@deno/${name}@${Deno.version.deno}`;
  await run(["cache", "--quiet", "--no-config", "--no-lock", `npm:${id}`]);
  const { npmCache }: { npmCache: string } = JSON.parse(await run(["info", "--json", "--no-config"]));
  for await (const registry of Deno.readDir(npmCache)) {
    const folder = `${npmCache}/${registry.name}/@deno/${name}/${Deno.version.deno}`;
    for (const file of ["deno", "deno.exe"]) {
      if (await Deno.stat(`${folder}/${file}`).then(({ isFile }) => isFile, () => false)) return `${folder}/${file}`;
    }
  }
  throw new Error(`${id} has no executable`);
}

/** Runs the command as the workflow does. */
async function compile(target: string, binary: string, runtime: string): Promise<string> {
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-eo", "pipefail", "-c", commandOf(RELEASE, "Compile")],
    cwd: ROOT,
    env: { TARGET: target, BINARY: binary, DENORT_BIN: runtime, NO_COLOR: "1" },
  }).output();
  const report = new TextDecoder().decode(stderr);
  assert(success, report);
  return report;
}

/** The paths of the files in the tree of the report. */
function embeddedFiles(report: string): string[] {
  const folders: string[] = [];
  return [...report.matchAll(/^((?:│ {3}| {4})*)[├└]─[─┬] (\S+)(?: \(.*\))?$/gm)].flatMap(
    ([line, indent = "", name = ""]) => {
      const depth = indent.length / 4;
      folders.length = depth;
      folders.push(name);
      return line.includes("─┬") ? [] : [folders.join("/")];
    },
  );
}

function payloadKilobytes(report: string): number {
  const [, amount = "NaN", unit = ""] = /^Files: ([\d.]+)(B|KB|MB)$/m.exec(report) ?? [];
  return Math.ceil(Number(amount) * (unit === "MB" ? 1024 : unit === "KB" ? 1 : 1 / 1024));
}

async function firstBytes(path: string): Promise<string> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(4);
  await file.read(bytes);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function run(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args] }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
