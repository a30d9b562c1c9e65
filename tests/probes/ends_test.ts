/** Compares how arar ends with how the command ends: exit codes, fatal signals, core files. */
import { assert, assertEquals } from "@std/assert";
import { waitForChild } from "../../lib/child/hand_over.ts";
import { system } from "../../lib/system.ts";
import { until } from "../patience.ts";
import { startSts } from "../sts_server.ts";
import type { Way } from "./allowed_differences.ts";
import { has, isLinux } from "./have.ts";
import { finish, run, type Runner, runScript, start, type Surroundings, wholeProgram } from "./programs.ts";

const PERL = new URL("./statuses.pl", import.meta.url).pathname;
const WAYS: readonly Way[] = ["spawn", "exec"];
const LINUX = isLinux("the end by some signals");

/**
 * On Linux all signals that kill by default, of the real-time signals the first and the last: signal(7). Elsewhere those with the
 * same number.
 */
const FATAL = LINUX
  ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31, 34, 64]
  : [1, 2, 3, 6, 9, 14, 15];

async function statuses(runner: Runner, actions: readonly string[], surroundings: Surroundings = {}) {
  const words = actions.map((action) => `'${action}'`).join(" ");
  const script = `ulimit -c 0; exec perl ${PERL} ${actions.length} ${words} "$@"`;
  const { stdout } = await runScript(runner, script, surroundings);
  return stdout.trimEnd().split("\n");
}

Deno.test({
  name: "the end of arar",
  ignore: !has("perl"),
  async fn(t) {
    for (const way of WAYS) {
      await t.step(`is the command's exit code, by ${way}`, async () => {
        await using sts = await startSts();
        const codes = ["0", "1", "2", "125", "126", "127", "128", "130", "143", "255"];
        assertEquals(await statuses(way, codes.map((code) => `exit ${code}`), wholeProgram(sts)), codes);
      });

      await t.step({
        name: `is death by the signal that killed the command, by ${way}`,
        ignore: Deno.build.os === "windows",
        fn: async () => {
          const seen = await statuses(way, FATAL.map((signal) => `kill -${signal} $$`));
          assertEquals(seen, FATAL.map((signal) => `signal ${signal}`));
        },
      });
    }
  },
});

Deno.test("waitForChild()", async (t) => {
  await t.step({
    name: "returns every exit code",
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const codes = Array.from({ length: 256 }, (_, code) => code);
      const seen: number[] = [];
      for (const code of codes) {
        const end = await waitForChild(system, ["sh", "-c", `exit ${code}`]);
        seen.push(end.kind === "exited" ? end.code : -1);
      }
      assertEquals(seen, codes);
    },
  });
});

Deno.test({
  name: "a core file",
  ignore: !LINUX || Deno.readTextFileSync("/proc/sys/kernel/core_pattern").startsWith("|"),
  async fn(t) {
    await t.step("is the command's, never arar's, which would contain credentials", async () => {
      const cwd = await Deno.makeTempDir({ prefix: "arar-core-" });
      try {
        const { status } = await run("spawn", ["sh", "-c", "kill -ABRT $$"], { setup: "ulimit -c unlimited", cwd });
        assertEquals(status.signal, "SIGABRT");
        const cores: number[] = [];
        for await (const { name } of Deno.readDir(cwd)) cores.push((await Deno.stat(`${cwd}/${name}`)).size);
        assertEquals(cores.length, 1);
        // A shell's core file is below one megabyte, Deno's has hundreds.
        assert(cores.every((size) => size < 20_000_000), `${cores}`);
      } finally {
        await Deno.remove(cwd, { recursive: true });
      }
    });
  },
});

Deno.test("arar", async (t) => {
  await t.step({
    name: "ends with 143 while it waits for STS, and does not start the command",
    ignore: !LINUX,
    fn: async () => {
      await using sts = await startSts({ faults: [{ kind: "hang" }] });
      const child = start("spawn", ["sh", "-c", "echo started"], wholeProgram(sts));
      await until(() => Promise.resolve(sts.requests.length || undefined));
      Deno.kill(child.pid, "SIGTERM");
      const { status, stdout, stderr } = await finish(child);
      assertEquals([status.code, status.signal, stdout, stderr], [143, "SIGTERM", "", ""]);
    },
  });

  for (const [name, command, code] of [["missing", "./nope", 127], ["not executable", "/etc/passwd", 126]] as const) {
    await t.step(`ends with ${code} for a command that is ${name}, as a shell does`, async () => {
      for (const way of WAYS) {
        const { status, stderr } = await run(way, [command]);
        assertEquals([way, status.code, stderr.split("\n").length], [way, code, 2]);
      }
      assertEquals((await runScript("bare", command)).status.code, code);
    });
  }
});
