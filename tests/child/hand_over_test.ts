/** A command is started, signalled and waited for in the right order. The probes test real processes. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { execCommand, requireExec, runChild, waitForChild } from "../../lib/child/hand_over.ts";
import { ArarError } from "../../lib/errors.ts";
import { World } from "./fake_world.ts";

Deno.test("runChild()", async (t) => {
  await t.step("returns the command's exit code", async () => {
    const world = new World();
    const running = runChild(world.system, ["sh", "-c", "exit 7"]);
    world.endChild({ kind: "exited", code: 7 });
    assertEquals(await running, 7);
    assertEquals(world.actions, ["spawn sh -c exit 7"]);
    assertEquals(world.canaries, 0);
  });

  await t.step("dies of the signal that killed the command, and of no earlier one", async () => {
    const world = new World();
    const running = runChild(world.system, ["sleep"]);
    world.signalArar("SIGTERM");
    await world.pass(100);
    world.endChild({ kind: "signalled", signal: 15 });
    await world.pass(1000);
    assertEquals(await running, 143);
    assertEquals(world.actions, ["spawn sleep", "kill SIGTERM", "die 15"]);
  });

  await t.step("leaves no canary if the command cannot be started", async () => {
    const world = new World({ spawnError: Object.assign(new Error("no"), { code: "ENOENT" }) });
    const error = await assertRejects(() => runChild(world.system, ["nope"]), ArarError, "nope");
    assertEquals(error instanceof ArarError && error.exitCode, 127);
    assertEquals(world.canaries, 0);
  });
});

Deno.test("waitForChild()", async (t) => {
  await t.step("returns how the command ended and does not end the same way", async () => {
    const world = new World();
    const running = waitForChild(world.system, ["sleep"]);
    world.endChild({ kind: "signalled", signal: 9 });
    assertEquals(await running, { kind: "signalled", signal: 9 });
    assertEquals(world.actions, ["spawn sleep"]);
  });
});

Deno.test("execCommand()", async (t) => {
  for (const [errno, exitCode] of [[2, 127], [13, 126]] as const) {
    await t.step(`passes on the words, and fails with ${exitCode} for errno ${errno}`, () => {
      const replaced: string[][] = [];
      const replaceProcess = (words: readonly Uint8Array[]) => {
        replaced.push(words.map((word) => new TextDecoder().decode(word)));
        return errno;
      };
      const system = { ...new World().system, commandLine: () => undefined, replaceProcess };
      assertEquals(assertThrows(() => execCommand(system, ["tf", "", "größe"]), ArarError).exitCode, exitCode);
      assertEquals(replaced, [["tf", "", "größe"]]);
    });
  }
});

Deno.test("requireExec()", async (t) => {
  await t.step("refuses without the C library", () => {
    requireExec({ canReplaceProcess: () => true });
    assertThrows(() => requireExec({ canReplaceProcess: () => false }), ArarError, "--exec needs the C library");
  });
});
