/** Runs the commands of release.yml that pack and publish, with a stand-in for `gh`. */

import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { bundleInto } from "../bundle.ts";
import { writeScripts } from "../scripts.ts";
import { readText, ROOT } from "../project/sources.ts";
import { findProgram } from "./install_world.ts";
import { commandOf, jobsOf, targetsOf } from "./workflow.ts";

const RELEASE = readText(".github/workflows/release.yml");
const WINDOWS = Deno.build.os === "windows" ? ": needs a Unix shell" : "";
/** Ubuntu's runner has all of them. */
const LACKING = ["zip", "unzip", "zstd", "sha256sum", "install"].filter((name) => !findProgram(name));
const GNU = Deno.build.os === "linux" ? "" : ": needs GNU tar and sort";
const PACK = WINDOWS || GNU || (LACKING.length > 0 ? `: no ${LACKING.join(", ")} on PATH` : "");

/** Prints `DRAFT`, `PUBLISHED` or the assets; logs every other call. */
const GH = `#!/bin/sh
case "$*" in
  *isDraft*) printf '%s' "$DRAFT" ;;
  *--exclude-drafts*) printf '%s' "$PUBLISHED" ;;
  *"release view"*) ls "$ASSETS" ;;
  *) echo "gh $*" >>"$LOG" ;;
esac
`;

/** The tag of the run, and the existing releases. */
interface Given {
  readonly tag?: string;
  /** `true` if this tag has a draft, `false` if it has a published release. */
  readonly draft?: string;
  readonly published?: readonly string[];
}

/** A runner's working directory. */
async function makeRunner({ tag = "v1.2.3", draft = "", published = [] }: Given = {}) {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/bin`);
  const deno = `#!/bin/sh\nexec '${Deno.execPath()}' "$@"\n`;
  await writeScripts({ [`${folder}/bin/gh`]: GH, [`${folder}/bin/deno`]: deno });
  const env = {
    PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
    LOG: `${folder}/log`,
    ASSETS: `${folder}/dist`,
    GITHUB_OUTPUT: `${folder}/output`,
    GITHUB_REF_NAME: tag,
    GITHUB_SHA: "5ha",
    GH_REPO: "ikedam/arar",
    VERSION: tag.slice(1),
    DRAFT: draft,
    PUBLISHED: published.join("\n"),
  };
  const path = (name: string) => `${folder}/${name}`;
  const write = (name: string, text: string) => Deno.writeTextFile(path(name), text);
  const textOf = (name: string) => Deno.readTextFile(path(name)).catch(() => "");
  return {
    path,
    write,
    mkdir: (name: string) => Deno.mkdir(path(name)),
    /** `output` is for later steps, `log` has the calls of `gh`. */
    run: async (command: string, more: Readonly<Record<string, string>> = {}) => {
      await write("output", "");
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-eo", "pipefail", "-c", command],
        cwd: folder,
        env: { ...env, ...more },
      }).output();
      const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const [output, log] = await Promise.all([textOf("output"), textOf("log")]);
      return { code, stdout: decode(stdout), stderr: decode(stderr), output, log };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test({
  name: `release.yml compiles the bundle and nothing else${WINDOWS}`,
  ignore: WINDOWS !== "",
  fn: async () => {
    await using runner = await makeRunner();
    await bundleInto(runner.path("dist"));
    // Deno itself takes the place of the runtime that Deno would download: the file is complete, but does not run.
    const binary = { TARGET: Deno.build.target, BINARY: "dist/arar_1.2.3_here", DENORT_BIN: Deno.execPath() };
    const command = commandOf(RELEASE, "Compile");
    // A code cache would be a file with a predictable name in the shared temporary folder.
    assertMatch(command, /^deno compile -A --no-code-cache /);
    const { code, stderr } = await runner.run(command, { ...binary, NO_COLOR: "1" });
    assertEquals(code, 0, stderr);
    const files = [...stderr.matchAll(/[├└]─+ (\S+) \(/g)].map(([, name = ""]) => name).sort();
    assertEquals(files, ["arar.js", "chunk.js", "later.js", "sts.js"], stderr);
    assertGreater((await Deno.stat(runner.path(binary.BINARY))).size, (await Deno.stat(Deno.execPath())).size);
  },
});

Deno.test({
  name: `release.yml packs each binary${PACK}`,
  ignore: PACK !== "",
  fn: async () => {
    await using runner = await makeRunner();
    for (const folder of ["dist", "bundle"]) await runner.mkdir(folder);
    await runner.write("bundle/arar_licenses.txt", "licenses");
    const names = targetsOf(RELEASE).map(({ asset }) => `arar_1.2.3_${asset}`);
    for (const name of names) await runner.write(`dist/${name}`, `#!/bin/sh\necho ${name}\n`);
    const { code, stderr } = await runner.run(commandOf(RELEASE, "Pack"));
    assertEquals(code, 0, stderr);
    for (const name of names) {
      const [base, windows] = [name.replace(/\.exe$/, ""), name.endsWith(".exe")];
      const binary = windows ? "arar.exe" : "arar";
      const other = windows ? `unzip -q ../dist/${base}.zip` : `tar -xzf ../dist/${base}.tar.gz`;
      for (const unpack of [other, `tar --zstd -xf ../dist/${base}.tar.zst`]) {
        const { stdout } = await runner.run(
          `rm -rf out && mkdir out && cd out && ${unpack} && ls && ./${binary} && cat arar_licenses.txt`,
        );
        assertEquals(stdout, `${binary}\narar_licenses.txt\n${name}\nlicenses`);
      }
    }
  },
});

Deno.test({
  name: `release.yml installs what it packed, from a page of its own${PACK}`,
  ignore: PACK !== "",
  fn: async () => {
    await using runner = await makeRunner();
    for (
      const name of [".ci", ".github", "CHANGELOG.md", "README.md", "deno.json", "deno.lock", "lib", "main.ts", "tests"]
    ) {
      await Deno.symlink(new URL(name, ROOT), runner.path(name));
    }
    for (const folder of ["dist", "bundle"]) await runner.mkdir(folder);
    await runner.write("bundle/arar_licenses.txt", "licenses");
    for (const { asset } of targetsOf(RELEASE)) {
      await runner.write(`dist/arar_1.2.3_${asset}`, `#!/bin/sh\necho "arar 1.2.3 (${asset})"\n`);
    }
    const step = (name: string) => commandOf(RELEASE, name);
    const made = ["Pack", "List what is released"].map((name) => `(${step(name)}\n)`);
    const tried = ["Serve the files as the release page does", "Run the install script"].map(step);
    const { code, stdout, stderr } = await runner.run([...made, "trap 'kill $!' EXIT", ...tried].join("\n"), {
      ARAR_DOWNLOAD_URL: `http://127.0.0.1:${freePort()}`,
    });
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^arar 1\.2\.3 is installed at .*\n(add .*\n)?arar 1\.2\.3 \(\w+\)\n$/m);
    const listed = [...(await Deno.readTextFile(runner.path("dist/checksums.txt"))).matchAll(/^\w{64} {2}(\S+)$/gm)];
    assertEquals(listed.length, 20);
  },
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test({
  name: `release.yml publishes${PACK}`,
  ignore: PACK !== "",
  fn: async (t) => {
    async function drafted(draft: string) {
      await using runner = await makeRunner({ draft });
      await runner.mkdir("dist");
      await runner.write("dist/arar_1.2.3_linux_amd64", "binary");
      await runner.run("cd dist && sha256sum arar_* >checksums.txt");
      return await runner.run(commandOf(RELEASE, "Draft with all assets"));
    }
    const upload = "gh release upload v1.2.3 --clobber arar_1.2.3_linux_amd64 checksums.txt\n";

    await t.step("a new draft with all assets", async () => {
      const { code, log, output } = await drafted("");
      assertEquals({ code, output }, { code: 0, output: "complete=true\n" });
      assertMatch(log, /^gh release create v1\.2\.3 --draft --verify-tag .*\n/);
      assert(log.endsWith(upload));
    });

    await t.step("the draft of an earlier attempt", async () => {
      const { code, log, output } = await drafted("true");
      assertEquals({ code, log, output }, { code: 0, log: upload, output: "complete=true\n" });
    });

    await t.step("nothing if the version is published already", async () => {
      const { code, log, output, stdout } = await drafted("false");
      assertEquals({ code, log, output }, { code: 0, log: "", output: "" });
      assertMatch(stdout, /^::notice::v1\.2\.3 is published already/m);
      const [, job = ""] = [...jobsOf(RELEASE)].find(([name]) => name === "release") ?? [];
      assertMatch(job, /- name: Publish once every asset is there\n +if: steps\.draft\.outputs\.complete == 'true'\n/);
    });

    async function published(files: number, uploaded: number) {
      await using runner = await makeRunner();
      for (const [folder, count] of [["dist", files], ["uploaded", uploaded]] as const) {
        await runner.mkdir(folder);
        await runner.write(`${folder}/checksums.txt`, "");
        for (let index = 1; index < count; index++) await runner.write(`${folder}/arar_${index}`, "");
      }
      const command = commandOf(RELEASE, "Publish once every asset is there");
      return await runner.run(command, { LATEST: "false", ASSETS: runner.path("uploaded") });
    }

    await t.step("a complete draft, as the latest version only if it is the newest", async () => {
      const { code, log } = await published(21, 21);
      assertEquals({ code, log }, { code: 0, log: "gh release edit v1.2.3 --draft=false --latest=false\n" });
    });

    await t.step("no draft with a missing or an additional asset", async () => {
      for (const [files, uploaded] of [[20, 20], [22, 22], [21, 20], [21, 22]] as const) {
        const { code, log } = await published(files, uploaded);
        assertEquals({ code, log }, { code: 1, log: "" });
      }
    });
  },
});

Deno.test({
  name: `release.yml compares versions${PACK}`,
  ignore: PACK !== "",
  fn: async (t) => {
    const cases: readonly [string, readonly string[], { readonly all: boolean; readonly major: boolean }][] = [
      ["v1.0.0", [], { all: true, major: true }],
      ["v1.10.0", ["v1.9.0", "v1.2.0", "v0.9.0"], { all: true, major: true }],
      ["v1.2.4", ["v1.3.0", "v1.2.3"], { all: false, major: false }],
      ["v1.9.1", ["v2.0.0", "v1.9.0"], { all: false, major: true }],
      ["v1.2.3", ["v1.2.3", "v10.0.0"], { all: false, major: true }],
      ["v1.2.3", ["v1.2.3", "v1.2.4"], { all: false, major: false }],
      ["v1.2.3", ["v1.2.4-rc.1", "nightly"], { all: true, major: true }],
    ];
    for (const [tag, published, { all, major }] of cases) {
      await t.step(`${tag} beside ${published.join(", ") || "nothing"}`, async () => {
        await using runner = await makeRunner({ tag, published });
        const { code, stderr, output } = await runner.run(commandOf(RELEASE, "Compare with the published versions"));
        assertEquals({ code, stderr, output }, { code: 0, stderr: "", output: `all=${all}\nmajor=${major}\n` });
      });
    }
  },
});

Deno.test({
  name: `release.yml moves v1 to the newest version only${WINDOWS}`,
  ignore: WINDOWS !== "",
  fn: async () => {
    await using runner = await makeRunner();
    const { code, log } = await runner.run(commandOf(RELEASE, "Move the tag that users of the action name"));
    assertEquals(code, 0);
    assertEquals(log, "gh api --method PATCH repos/ikedam/arar/git/refs/tags/v1 -f sha=5ha -F force=true\n");
    assertMatch(RELEASE, /- name: Move the tag .*\n +if: steps\.newest\.outputs\.major == 'true'\n/);
  },
});
