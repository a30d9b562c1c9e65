/** Sleeping ends on time, and keeps the program alive no longer than that. */
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { clock } from "../../lib/system/clock.ts";
import { HANG } from "../patience.ts";

const MODULE = new URL("../../lib/system/clock.ts", import.meta.url).href;

/** Longer than any test may take. */
const FOREVER = 600_000;

/** Runs a program that has the clock; returns its exit code. A program that hangs is killed. */
async function exitCode(program: string): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", `import { clock } from ${JSON.stringify(MODULE)};\n${program}`],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const limit = setTimeout(() => child.kill("SIGKILL"), HANG);
  const { code } = await child.status;
  clearTimeout(limit);
  return code;
}

Deno.test("sleep()", async (t) => {
  await t.step("ends earlier if it is shorter", async () => {
    const order: string[] = [];
    const sleep = (milliseconds: number, name: string) => clock.sleep(milliseconds).then(() => order.push(name));
    await Promise.all([sleep(60, "long"), sleep(0, "short")]);
    assertEquals(order, ["short", "long"]);
  });

  await t.step("with a negative duration ends at once", async () => await clock.sleep(-1));

  await t.step("ends when its signal is aborted, with the reason", async () => {
    const controller = new AbortController();
    const sleeping = clock.sleep(FOREVER, { signal: controller.signal });
    controller.abort(new RangeError("stopped"));
    await assertRejects(() => sleeping, RangeError, "stopped");
  });

  await t.step("rejects if its signal has already been aborted", async () => {
    await assertRejects(() => clock.sleep(FOREVER, { signal: AbortSignal.abort(new RangeError("over")) }), RangeError);
  });

  await t.step("keeps the program alive", async () => {
    assertEquals(await exitCode("clock.sleep(50).then(() => Deno.exit(7));"), 7);
  });

  await t.step("does not keep the program alive once aborted", async () => {
    const program = `const stop = new AbortController();
      clock.sleep(${FOREVER}, { signal: stop.signal }).catch(() => {});
      stop.abort();`;
    assertEquals(await exitCode(program), 0);
  });

  await t.step("does not keep the program alive with unref", async () => {
    assertEquals(await exitCode(`clock.sleep(${FOREVER}, { unref: true });`), 0);
  });
});

Deno.test("randomBytes()", async (t) => {
  await t.step("returns that many", () => {
    assertEquals([0, 1, 30].map((count) => clock.randomBytes(count).length), [0, 1, 30]);
  });

  await t.step("differ each time", () => assertNotEquals(clock.randomBytes(16), clock.randomBytes(16)));
});
