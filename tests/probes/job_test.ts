/** Compares whole scripts of CI jobs, and recipes of make, with and without arar. */
import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../patience.ts";
import { startSts } from "../sts_server.ts";
import { has } from "./have.ts";
import { finish, type Outcome, run, type Runner, runScript, start, wholeProgram } from "./programs.ts";

const RUNNERS: readonly Runner[] = ["bare", "spawn", "exec"];

/** How GitHub Actions runs a step; GitLab and others do almost the same. */
const BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"];

/** What a script may do, and how it then ends. */
const SCRIPTS: Readonly<Record<string, { readonly script: string; readonly code: number; readonly stdout: RegExp }>> = {
  "its last command's exit code": { script: "echo one; (exit 7)", code: 7, stdout: /^one\n$/ },
  "its own exit code": { script: "exit 300", code: 44, stdout: /^$/ },
  "the first command that fails": { script: "echo one; false; echo two", code: 1, stdout: /^one\n$/ },
  "a pipeline that fails": { script: "(exit 3) | cat; echo two", code: 3, stdout: /^$/ },
  "a missing command": { script: "no-such-command; echo two", code: 127, stdout: /^$/ },
  "expected failures": {
    script: "false || echo one; if ! false; then echo two; fi",
    code: 0,
    stdout: /^one\ntwo\n$/,
  },
  "an EXIT trap": { script: "trap 'echo bye $?' EXIT; echo one; exit 5", code: 5, stdout: /^one\nbye 5\n$/ },
  "an ERR trap": { script: "trap 'echo failed in $LINENO' ERR\nfalse", code: 1, stdout: /^failed in 2\n$/ },
  "a signal that it sends itself": { script: "echo one; kill -TERM $$; echo two", code: 143, stdout: /^one\n$/ },
  "a signal that it catches": {
    script: "trap 'echo caught' USR1; kill -USR1 $$; echo two",
    code: 0,
    stdout: /^caught\ntwo\n$/,
  },
  "a signal to its process group": {
    script: "trap 'echo caught; exit 4' TERM; kill 0; echo two",
    code: 4,
    stdout: /^caught\n$/,
  },
  "jobs that it waits for": {
    script: "sleep 300 & (exit 3) & code=0; wait $! || code=$?; kill %1; wait; echo $code",
    code: 0,
    stdout: /^3\n$/,
  },
  "a job that outlives it": {
    script: "(while kill -0 $$; do sleep 0.05; done; echo late) 2>/dev/null & echo one",
    code: 0,
    stdout: /^one\nlate\n$/,
  },
  "a job that it stops at its end": {
    script: "sleep 60 & trap 'kill $!; wait $! || echo stopped $?' EXIT; echo one",
    code: 0,
    stdout: /^one\nstopped 143\n$/,
  },
  "a program that replaces it": { script: "exec sh -c 'echo $1; exit 6' sh one", code: 6, stdout: /^one\n$/ },
  "its own parameters": {
    script: "echo ${0##*/} $# $- ${BASH_SOURCE##*/}",
    code: 0,
    stdout: /^step\.sh 0 ehB step\.sh\n$/,
  },
  "its input": { script: "read -r line; echo $line; cat", code: 0, stdout: /^first\nsecond\n$/ },
};

/** Asserts that a CI sees the same of each run, and returns it. */
function same(outcomes: readonly Outcome[]) {
  const [bare, ...others] = outcomes.map(({ status, stdout, stderr }) => ({ code: status.code, stdout, stderr }));
  for (const other of others) assertEquals(other, bare);
  return bare;
}

Deno.test({
  name: "a bash script as a step of a CI job",
  ignore: Deno.build.os === "windows" || !has("bash"),
  async fn(t) {
    await using sts = await startSts();
    const folder = await Deno.makeTempDir({ prefix: "arar-job-" });
    const file = `${folder}/step.sh`;

    for (const [name, { script, code, stdout }] of Object.entries(SCRIPTS)) {
      await t.step(`ends as without arar with ${name}`, async () => {
        await Deno.writeTextFile(file, `${script}\n`);
        const surroundings = { ...wholeProgram(sts), stdin: new TextEncoder().encode("first\nsecond\n") };
        const outcomes: Outcome[] = [];
        for (const runner of RUNNERS) outcomes.push(await run(runner, [...BASH, file], surroundings));
        const seen = same(outcomes);
        assertEquals(seen?.code, code);
        assertMatch(`${seen?.stdout}`, stdout);
      });
    }

    await t.step("cleans up if the job is cancelled, as without arar", async () => {
      await Deno.writeTextFile(
        file,
        "trap 'echo cleaned; exit 3' INT TERM; echo ready; while :; do sleep 0.05; done\n",
      );
      // GitHub signals the process that it started, GitLab the process group.
      for (const [signal, isToGroup] of [["SIGINT", false], ["SIGTERM", true]] as const) {
        const outcomes: Outcome[] = [];
        for (const runner of RUNNERS) {
          const child = start(runner, [...BASH, file], { ...wholeProgram(sts), setup: `exec >"${file}.log"` });
          await until(async () => await Deno.readTextFile(`${file}.log`).catch(() => "") || undefined);
          Deno.kill(isToGroup ? -child.pid : child.pid, signal);
          const { status, stderr } = await finish(child);
          outcomes.push({ status, stderr, stdout: await Deno.readTextFile(`${file}.log`) });
          await Deno.remove(`${file}.log`);
        }
        const { code, stdout } = same(outcomes) ?? {};
        assertEquals([code, stdout], [3, "ready\ncleaned\n"]);
      }
    });

    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "a recipe of make",
  ignore: Deno.build.os === "windows" || !has("make"),
  async fn(t) {
    await t.step("ends as without arar if arar is its SHELL", async () => {
      await using sts = await startSts();
      const makefile = await Deno.makeTempFile({ prefix: "arar-make-" });
      await Deno.writeTextFile(
        makefile,
        "SHELL := $(if $(ARAR),$(ARAR) )/bin/sh\nall:\n\t@echo 'one  $$HOME' \"it's\" && \\\n\t  echo two\n\t@exit 3\n\t@echo three\n",
      );
      const outcomes: Outcome[] = [];
      for (const runner of RUNNERS) {
        outcomes.push(await runScript(runner, `ARAR="$*" make --no-print-directory -f ${makefile}`, wholeProgram(sts)));
      }
      const { code, stdout } = same(outcomes) ?? {};
      assertEquals([code, stdout], [2, "one  $HOME it's\ntwo\n"]);
      await Deno.remove(makefile);
    });
  },
});
