/** Runs the command of the setup action, as the runner does, against a release page on this machine. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readText } from "../project/sources.ts";
import { type Env, makeWorld, type Programs, SCRIPT, type World } from "./install_world.ts";
import { ACTION, commandOf } from "./workflow.ts";

const WINDOWS = Deno.build.os === "windows" ? ": needs a Unix shell" : "";
const TEXT = readText(ACTION);

/** The binary and `gh` log to the file that `LOG` names. */
const LOGGING_BINARY = "#!/bin/sh\necho run >>\"$LOG\"\necho 'arar 1.2.3 (stand-in)'\n";
const GH = 'echo "gh $*" >>"$LOG"';

Deno.test({
  name: `setup action${WINDOWS}`,
  ignore: WINDOWS !== "",
  fn: async (t) => {
    const inWorld = (name: string, test: (world: World) => Promise<void>) =>
      t.step(name, async () => {
        await using world = await makeWorld();
        world.page.binary = LOGGING_BINARY;
        await test(world);
      });

    await inWorld("installs the latest version and puts it on PATH", async (world) => {
      const { code, stderr, output, path } = await install(world, { ARAR_REQUIRE_ATTESTATION: "true" }, { gh: GH });
      assertEquals({ code, stderr, output }, { code: 0, stderr: "", output: "version=1.2.3\n" });
      assertEquals(path, `${world.folder}/tools/arar/1.2.3\n`);
      assertEquals((await Deno.stat(`${path.trim()}/arar`)).isFile, true);
    });

    await inWorld("verifies the release's workflow and tag before it runs the binary", async (world) => {
      const { log } = await install(world, { ARAR_REQUIRE_ATTESTATION: "true" }, { gh: GH });
      assertMatch(log, /^gh attestation verify \S+\/arar --repo ikedam\/arar [^\n]*\nrun\n$/);
      const signer = "--signer-workflow ikedam/arar/.github/workflows/release.yml --source-ref refs/tags/v1.2.3";
      assertStringIncludes(log, ` ${signer}\n`);
    });

    await inWorld("also verifies what a runner has kept from an earlier job", async (world) => {
      await install(world, { ARAR_REQUIRE_ATTESTATION: "false" });
      const { code, log, path } = await install(world, { ARAR_REQUIRE_ATTESTATION: "true" }, { gh: "exit 1" });
      assertEquals({ code, log, path }, { code: 1, log: "", path: "" });
    });

    await inWorld("replaces a file that is not the release's binary", async (world) => {
      const folder = `${world.folder}/tools/arar/1.2.3`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(`${folder}/arar`, "#!/bin/sh\necho not arar\n");
      await install(world, { ARAR_REQUIRE_ATTESTATION: "false" });
      assertEquals(await Deno.readTextFile(`${folder}/arar`), LOGGING_BINARY);
    });

    const refusals: readonly (readonly [name: string, message: RegExp, env: Env, programs: Programs])[] = [
      ["if the attestation fails", /its attestation cannot be verified/, {}, { gh: "exit 1" }],
      ["without gh", /gh, the GitHub CLI, is not on PATH\nhint: .*verify-attestation: false/, {}, {}],
      ["with an invalid version", /cannot install version/, { ARAR_VERSION: "1.2.3\nname=x" }, { gh: GH }],
    ];
    for (const [name, message, env, programs] of refusals) {
      await inWorld(`neither runs the binary nor puts it on PATH ${name}`, async (world) => {
        const required = { ARAR_REQUIRE_ATTESTATION: "true", ...env };
        const { code, stderr, log, path } = await install(world, required, programs);
        assertMatch(stderr, message);
        assertEquals({ code, log, path }, { code: 1, log: "", path: "" });
      });
    }

    await inWorld("needs no gh if the attestation is not required", async (world) => {
      const { code, log, path } = await install(world, { ARAR_REQUIRE_ATTESTATION: "false" });
      assertEquals({ code, log }, { code: 0, log: "run\n" });
      assertEquals(path, `${world.folder}/tools/arar/1.2.3\n`);
    });

    await t.step("requires the attestation by default", () => {
      assertMatch(TEXT, /^ {2}verify-attestation:\n.*\n {4}default: "true"$/m);
      assertMatch(TEXT, /^ +ARAR_REQUIRE_ATTESTATION: \$\{\{ inputs\.verify-attestation \}\}$/m);
    });
  },
});

/** Runs the action. `output` and `path` are for later steps, `log` shows what ran. */
async function install(world: World, env: Env, programs: Programs = {}) {
  const files = {
    GITHUB_OUTPUT: `${world.folder}/output`,
    GITHUB_PATH: `${world.folder}/path`,
    LOG: `${world.folder}/log`,
  };
  for (const file of Object.values(files)) await Deno.writeTextFile(file, "");
  const base = { SCRIPT: SCRIPT.pathname, FOLDER: `${world.folder}/tools/arar`, ARAR_VERSION: "latest" };
  const outcome = await world.bash(commandOf(TEXT, "Install"), { ...base, ...files, ...env }, programs);
  const [output = "", path = "", log = ""] = await Promise.all(
    Object.values(files).map((file) => Deno.readTextFile(file)),
  );
  return { ...outcome, output, path, log };
}
