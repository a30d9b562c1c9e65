/** Each signal reaches the command exactly once. Real signals and processes are the probes' part. */
import { assertEquals } from "@std/assert";
import { startRelay } from "../../lib/child/signals.ts";
import type { PosixSignal } from "../../lib/system/processes.ts";
import { World, type WorldOptions } from "./fake_world.ts";

const SIX: readonly PosixSignal[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

function relayed(options: WorldOptions = {}, early: (world: World) => void = () => {}) {
  const world = new World(options);
  const relay = startRelay(world.system);
  early(world);
  relay.commandStarts();
  const child = world.system.spawn(["command"]);
  world.actions.length = 0;
  relay.to(child);
  return { world, relay };
}

Deno.test("startRelay()", async (t) => {
  for (const terminal of [false, true]) {
    const where = terminal ? "on a terminal" : "without a terminal";
    for (const signal of SIX) {
      await t.step(`passes on ${signal} to arar alone once, ${where}`, async () => {
        const { world } = relayed({ terminal });
        world.signalArar(signal);
        await world.pass(1000);
        assertEquals(world.actions, [`kill ${signal}`]);
      });

      await t.step(`leaves ${signal} to the group alone, ${where}`, async () => {
        const { world } = relayed({ terminal });
        world.signalGroup(signal);
        await world.pass(1000);
        assertEquals(world.actions, []);
      });
    }
  }

  await t.step("leaves a signal alone that reaches the group a little later", async () => {
    const { world } = relayed();
    world.signalArar("SIGTERM");
    await world.pass(20);
    world.signalCanary("SIGTERM");
    await world.pass(1000);
    assertEquals(world.actions, []);
  });

  await t.step("counts arar and then its group as one, as `timeout` does it", async () => {
    const { world } = relayed();
    world.signalArar("SIGTERM");
    world.signalGroup("SIGTERM");
    await world.pass(10);
    world.signalArar("SIGTERM");
    await world.pass(1000);
    assertEquals(world.actions, []);
  });

  await t.step("judges a second signal of the same kind anew", async () => {
    const { world } = relayed();
    for (const send of ["group", "arar", "group", "arar"]) {
      if (send === "group") world.signalGroup("SIGINT");
      else world.signalArar("SIGINT");
      await world.pass(500);
    }
    assertEquals(world.actions, ["kill SIGINT", "kill SIGINT"]);
  });

  await t.step("judges two kinds at a time separately", async () => {
    const { world } = relayed();
    world.signalGroup("SIGINT");
    await world.pass(10);
    world.signalArar("SIGTERM");
    await world.pass(500);
    world.signalArar("SIGINT");
    await world.pass(500);
    assertEquals(world.actions, ["kill SIGTERM", "kill SIGINT"]);
  });

  await t.step("passes a signal to the group on to a command that has left it", async () => {
    const { world } = relayed({ childGroup: 99 });
    world.signalGroup("SIGHUP");
    await world.pass(1000);
    assertEquals(world.actions, ["kill SIGHUP"]);
  });

  await t.step("passes on a signal to the group that came before the command, once and at once", async () => {
    const { world } = relayed({ beforeSpawn: (world) => world.signalGroup("SIGTERM") });
    assertEquals(world.actions, ["kill SIGTERM"]);
    // Deno tells us of it only now.
    world.signalArar("SIGTERM");
    await world.pass(1000);
    assertEquals(world.actions, ["kill SIGTERM"]);
  });

  await t.step("leaves alone what came while it started, if the command catches it by then", async () => {
    const { world } = relayed({ beforeSpawn: (world) => world.signalGroup("SIGTERM"), caughtAtOnce: ["SIGTERM"] });
    await world.pass(1000);
    assertEquals(world.actions, []);
    const { world: earlier } = relayed({ caughtAtOnce: ["SIGTERM"] }, (world) => world.signalGroup("SIGTERM"));
    assertEquals(earlier.actions, ["kill SIGTERM"]);
  });

  await t.step("judges a signal anew after one that came before the command", async () => {
    const { world } = relayed({ beforeSpawn: (world) => world.signalGroup("SIGTERM") });
    await world.pass(500);
    world.signalGroup("SIGTERM");
    await world.pass(500);
    world.signalArar("SIGTERM");
    await world.pass(500);
    assertEquals(world.actions, ["kill SIGTERM", "kill SIGTERM"]);
  });

  await t.step("has one canary at a time, and none once stopped", async () => {
    const { world, relay } = relayed();
    for (let count = 0; count < 3; count++) {
      world.signalGroup("SIGINT");
      await world.pass(500);
      assertEquals(world.canaries, 1);
    }
    relay.stop();
    assertEquals(world.canaries, 0);
  });

  await t.step("starts no canary for a signal that ended the command", async () => {
    const { world, relay } = relayed();
    world.signalGroup("SIGTERM");
    await world.pass(10);
    relay.stop();
    await world.pass(1000);
    assertEquals(world.canaries, 0);
  });

  await t.step("passes on nothing once stopped, yet still catches signals, which would end arar", async () => {
    const { world, relay } = relayed();
    relay.stop();
    assertEquals(world.heard, [...SIX, "SIGWINCH"]);
    world.signalArar("SIGTERM");
    await world.pass(1000);
    assertEquals(world.actions, []);
  });

  await t.step("has a new canary after the old one was killed", async () => {
    const { world } = relayed();
    world.killCanary();
    world.signalArar("SIGTERM");
    await world.pass(1000);
    assertEquals([world.actions, world.canaries], [["kill SIGTERM"], 1]);
  });

  for (
    const [signal, terminal, actions] of [
      ["SIGINT", true, []],
      ["SIGQUIT", true, []],
      ["SIGTERM", true, ["kill SIGTERM"]],
      ["SIGINT", false, ["kill SIGINT"]],
      ["SIGQUIT", false, ["kill SIGQUIT"]],
    ] as const
  ) {
    await t.step(
      `without a canary ${actions.length > 0 ? "passes on" : "keeps"} ${signal} ${
        terminal ? "on" : "without"
      } a terminal`,
      async () => {
        const { world } = relayed({ canary: false, terminal });
        world.signalArar(signal);
        await world.pass(1000);
        assertEquals(world.actions, [...actions]);
      },
    );
  }

  await t.step("catches SIGWINCH only without a terminal", () => {
    assertEquals(relayed({ terminal: false }).world.heard, [...SIX, "SIGWINCH"]);
    assertEquals(relayed({ terminal: true }).world.heard, [...SIX]);
  });

  await t.step("on Windows catches the console's events and passes on none", async () => {
    const { world, relay } = relayed({ os: "windows" });
    assertEquals(world.heard, ["SIGBREAK", "SIGHUP", "SIGINT"]);
    world.signalArar("SIGINT");
    world.signalArar("SIGBREAK");
    await world.pass(1000);
    relay.stop();
    assertEquals([world.actions, world.canaries], [[], 0]);
  });
});
