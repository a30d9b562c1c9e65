import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { capture, type CaptureOptions } from "../../lib/system/capture.ts";

const UNIX = Deno.build.os !== "windows";

function run(command: string, options: Partial<CaptureOptions> = {}) {
  const signal = new AbortController().signal;
  return capture.captureShell(command, { mayPrompt: false, env: {}, limit: 1000, signal, ...options });
}

Deno.test("captureShell()", async (t) => {
  await t.step("takes what a command writes, and how it ends", async () => {
    const { stdout, code, signal } = await run("echo one&& echo two&& exit 3");
    assertEquals([stdout?.replaceAll("\r", ""), code, signal], ["one\ntwo\n", 3, null]);
  });

  await t.step("adds variables to ours", async () => {
    const { stdout } = await run(UNIX ? "echo $ADDED" : "echo %ADDED%", { env: { ADDED: "here" } });
    assertEquals(stdout?.trim(), "here");
  });

  await t.step({
    name: "gives it no pipe to wait on",
    ignore: !UNIX,
    fn: async () => assertEquals((await run("cat; echo end", { mayPrompt: true })).stdout, "end\n"),
  });

  await t.step({
    name: "says which signal ended it",
    ignore: !UNIX,
    fn: async () => assertEquals((await run("kill -TERM $$")).signal, "SIGTERM"),
  });

  await t.step({
    name: "kills one that writes too much",
    ignore: !UNIX,
    fn: async () => {
      const { stdout, signal } = await run("exec yes");
      assertEquals([stdout, signal], [undefined, "SIGKILL"]);
    },
  });

  for (const [what, more] of [["a program", ""], ["a command of the shell", "; true"]]) {
    await t.step({
      name: `kills ${what} that is no longer wanted, whatever holds its stdout open`,
      ignore: !UNIX,
      fn: async () => {
        const folder = await Deno.makeTempDir();
        await Deno.writeTextFile(`${folder}/keys.sh`, `sleep 600 & echo $$ $! >"${folder}/ids"; wait`);
        const controller = new AbortController();
        const ended = run(`sh "${folder}/keys.sh"${more}`, { signal: controller.signal });
        const [id = 0, holder = 0] = await numbersIn(`${folder}/ids`);
        const reason = new Error("time is up");
        controller.abort(reason);
        assertEquals(await assertRejects(() => ended, Error), reason);
        if (more === "") assertThrows(() => Deno.kill(id, "SIGCONT"), Deno.errors.NotFound);
        for (const left of more === "" ? [holder] : [id, holder]) Deno.kill(left, "SIGKILL");
        await Deno.remove(folder, { recursive: true });
      },
    });
  }

  await t.step("starts nothing that is unwanted from the start", async () => {
    await assertRejects(() => run("exit 0", { signal: AbortSignal.abort(new Error("never")) }), Error, "never");
  });
});

/** Waits until the file holds two numbers. */
async function numbersIn(path: string): Promise<readonly number[]> {
  for (let tries = 0; tries < 3000; tries++) {
    const found = /^(\d+) (\d+)\n$/.exec(await Deno.readTextFile(path).catch(() => ""));
    if (found) return found.slice(1).map(Number);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${path} holds no numbers`);
}
