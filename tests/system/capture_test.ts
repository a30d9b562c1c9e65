import { assertEquals, assertMatch, assertRejects } from "@std/assert";
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

  await t.step({
    name: "kills one that is no longer wanted, whatever holds its stdout open",
    ignore: !UNIX,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      const controller = new AbortController();
      await Deno.writeTextFile(`${folder}/fifo.sh`, `echo $$ >"${folder}/pid"; sleep 600 & wait`);
      const ended = run(`sh "${folder}/fifo.sh"`, { signal: controller.signal });
      const reason = new Error("time is up");
      const pid = await fileWith(`${folder}/pid`, /^(\d+)\n$/);
      controller.abort(reason);
      assertEquals(await assertRejects(() => ended, Error), reason);
      assertMatch(pid, /^\d+$/);
      await Deno.remove(folder, { recursive: true });
    },
  });

  await t.step("starts nothing that is unwanted from the start", async () => {
    await assertRejects(() => run("exit 0", { signal: AbortSignal.abort(new Error("never")) }), Error, "never");
  });
});

/** Waits until the file holds what is looked for; the runner's own limit ends a wait in vain. */
async function fileWith(path: string, wanted: RegExp): Promise<string> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    const found = wanted.exec(text)?.[1];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
