import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { capture, type CaptureOptions } from "../../lib/system/capture.ts";
import { until } from "../patience.ts";

const UNIX = Deno.build.os !== "windows";

function run(command: string, options: Partial<CaptureOptions> = {}) {
  const signal = new AbortController().signal;
  return capture.captureShell(command, { mayPrompt: false, env: {}, limit: 1000, signal, ...options });
}

Deno.test("captureShell()", async (t) => {
  await t.step("returns what a command writes, and how it ends", async () => {
    const { stdout, code, signal } = await run("echo one&& echo two&& exit 3");
    assertEquals([stdout?.replaceAll("\r", ""), code, signal], ["one\ntwo\n", 3, null]);
  });

  await t.step("adds variables to ours", async () => {
    const { stdout } = await run(UNIX ? "echo $ADDED" : "echo %ADDED%", { env: { ADDED: "here" } });
    assertEquals(stdout?.trim(), "here");
  });

  await t.step({
    name: "does not share a pipe on stdin",
    ignore: !UNIX,
    fn: async () => assertEquals((await run("cat; echo end", { mayPrompt: true })).stdout, "end\n"),
  });

  await t.step({
    name: "names the signal that ended the command",
    ignore: !UNIX,
    fn: async () => assertEquals((await run("kill -TERM $$")).signal, "SIGTERM"),
  });

  await t.step({
    name: "kills a command that writes too much",
    ignore: !UNIX,
    fn: async () => {
      const { stdout, signal } = await run("exec yes");
      assertEquals([stdout, signal], [undefined, "SIGKILL"]);
    },
  });

  for (const [what, more] of [["a program", ""], ["a shell command", "; true"]]) {
    await t.step({
      name: `kills ${what} on abort, even if another process holds its stdout open`,
      ignore: !UNIX,
      fn: async () => {
        const folder = await Deno.makeTempDir();
        await Deno.writeTextFile(`${folder}/keys.sh`, `sleep 600 & echo $$ $! >"${folder}/ids"; wait`);
        const controller = new AbortController();
        const ended = run(`sh "${folder}/keys.sh"${more}`, { signal: controller.signal });
        const [id = 0, holder = 0] = await until(async () => {
          const found = /^(\d+) (\d+)\n$/.exec(await Deno.readTextFile(`${folder}/ids`).catch(() => ""));
          return found?.slice(1).map(Number);
        });
        const reason = new Error("time is up");
        controller.abort(reason);
        assertEquals(await assertRejects(() => ended, Error), reason);
        if (more === "") assertThrows(() => Deno.kill(id, "SIGCONT"), Deno.errors.NotFound);
        for (const left of more === "" ? [holder] : [id, holder]) Deno.kill(left, "SIGKILL");
        await Deno.remove(folder, { recursive: true });
      },
    });
  }

  await t.step("starts nothing if already aborted", async () => {
    await assertRejects(() => run("exit 0", { signal: AbortSignal.abort(new Error("never")) }), Error, "never");
  });
});
