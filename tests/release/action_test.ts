/**
 * Runs the commands of the setup action one after the other, as the runner does, against the local release page.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeWorld, SCRIPT, type World } from "./install_world.ts";
import { ACTION, commandOf, read } from "./workflow.ts";

const WINDOWS = Deno.build.os === "windows" ? ": needs a Unix shell" : "";
const TEXT = read(ACTION);

Deno.test({
  name: `setup action${WINDOWS}`,
  ignore: WINDOWS !== "",
  fn: async (t) => {
    let world: World;
    const inWorld = (name: string, fn: () => Promise<void>) =>
      t.step(name, async () => {
        await using own = await makeWorld();
        world = own;
        await fn();
      });

    /** A step of the action; the result is what it wrote for later steps. */
    async function step(name: string, env: Record<string, string>, programs = {}) {
      const files = { GITHUB_OUTPUT: `${world.folder}/output`, GITHUB_PATH: `${world.folder}/path` };
      for (const file of Object.values(files)) await Deno.writeTextFile(file, "");
      const base = { SCRIPT: SCRIPT.pathname, RUNNER_OS: "Linux", ARAR_INSTALL_DIR: "" };
      const outcome = await world.bash(commandOf(TEXT, name), { ...base, ...files, ...env }, programs);
      return {
        ...outcome,
        output: await Deno.readTextFile(files.GITHUB_OUTPUT),
        path: await Deno.readTextFile(files.GITHUB_PATH),
      };
    }

    const find = () => step("Find the release", { VERSION: "latest", FOLDER: `${world.folder}/tools/arar` });

    await inWorld("finds the release and where it is cached", async () => {
      const { code, stderr, output } = await find();
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      const outputs = Object.fromEntries(output.trimEnd().split("\n").map((line) => line.split("=")));
      assertEquals([outputs.version, outputs.name], ["1.2.3", "arar_1.2.3_linux_amd64"]);
      assertMatch(outputs.sha256, /^[0-9a-f]{64}$/);
      assertEquals(outputs.folder, `${world.folder}/tools/arar/${outputs.sha256}`);
    });

    await inWorld("installs it and puts it on PATH", async () => {
      const folder = `${world.folder}/bin`;
      const { code, stderr, path } = await step("Install", { VERSION: "1.2.3", ARAR_INSTALL_DIR: folder });
      assertEquals({ code, stderr, path }, { code: 0, stderr: "", path: `${folder}\n` });
      assertEquals(await world.installed(), ["arar"]);
    });

    await inWorld("replaces what a cache holds in its place", async () => {
      await world.place("#!/bin/sh\necho not arar\n");
      await step("Install", { VERSION: "1.2.3", ARAR_INSTALL_DIR: `${world.folder}/bin` });
      assertEquals(await world.runInstalled(), "arar 1.2.3 (stand-in)\n");
    });

    await inWorld("stops at a version that is none, and hands on nothing", async () => {
      const { code, stderr, output } = await step("Find the release", { VERSION: "1.2.3\nname=x", FOLDER: "/tmp" });
      assertEquals({ code, output }, { code: 1, output: "" });
      assertStringIncludes(stderr, "cannot install version");
    });

    const verify = (programs: Record<string, string>) =>
      step("Verify the origin", { VERSION: "1.2.3", FOLDER: `${world.folder}/bin`, GH_TOKEN: "token" }, programs);

    await inWorld("verifies the attestation by the release's workflow and tag", async () => {
      const { code, stdout } = await verify({ gh: 'echo "gh $*"' });
      assertEquals(code, 0);
      assertEquals(
        stdout,
        `gh attestation verify ${world.folder}/bin/arar --repo ikedam/arar ` +
          "--signer-workflow ikedam/arar/.github/workflows/release.yml --source-ref refs/tags/v1.2.3\n",
      );
    });

    await inWorld("fails where the attestation does", async () => {
      assertEquals((await verify({ gh: "exit 1" })).code, 1);
    });

    await inWorld("says so where there is no gh", async () => {
      const { code, stdout } = await verify({});
      assertEquals(code, 0);
      assertStringIncludes(stdout, "::notice::the origin of arar was not verified");
    });
  },
});
