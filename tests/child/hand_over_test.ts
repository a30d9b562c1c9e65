/**
 * A command is started, signalled and waited for in the right order; each signal reaches it exactly once, and arar stops and
 * resumes with it. The probes test real processes.
 */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  execCommand,
  requireExec,
  runChild,
  startRelay,
  stopTogether,
  waitForChild,
} from "../../lib/child/hand_over.ts";
import { ArarError } from "../../lib/errors.ts";
import type { PosixSignal } from "../../lib/system/processes.ts";
import { World, type WorldOptions } from "./fake_world.ts";

Deno.test("runChild()", async (t) => {
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

const SIX: readonly PosixSignal[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

/** A relay with its command started. `relays` returns what was sent to the command, such as `kill SIGTERM`. */
function relayed(options: WorldOptions = {}) {
  const world = new World(options);
  const relay = startRelay(world.system);
  relay.start(() => world.system.spawn(["command"]));
  return { world, relay, relays: () => world.actions.filter((action) => action !== "spawn command").join(", ") };
}

/** Steps such as `arar SIGTERM, 20`: a signal to `arar` alone, to its `group` or to the `canary` alone, or a pause in ms. */
async function play(world: World, steps: string): Promise<void> {
  for (const step of steps.split(", ")) {
    const [to, name] = step.split(" ");
    const signal = SIX.find((one) => one === name);
    if (!signal) await world.pass(Number(to));
    else if (to === "arar") world.signalArar(signal);
    else if (to === "group") world.signalGroup(signal);
    else world.killCanary(signal);
  }
  await world.pass(1000);
}

Deno.test("startRelay()", async (t) => {
  // Deno reports it only after the start.
  const early = { beforeSpawn: (world: World) => world.killCanary("SIGTERM") };
  const rows: [string, WorldOptions, steps: string, relays: string][] = [
    ["does not relay a signal that reaches the group a little later", {}, "arar SIGTERM, 20, canary SIGTERM", ""],
    [
      "counts arar and then its group as one, as `timeout` signals them",
      {},
      "arar SIGTERM, group SIGTERM, 10, arar SIGTERM",
      "",
    ],
    [
      "judges a second signal of the same kind anew",
      {},
      "group SIGINT, 500, arar SIGINT, 500, group SIGINT, 500, arar SIGINT",
      "kill SIGINT, kill SIGINT",
    ],
    ["counts what comes right after a signal to the group as sent to it", {}, "group SIGINT, 10, arar SIGTERM", ""],
    [
      "counts what comes before the new canary answers as sent to the group, however late that is",
      { canary: "slow" },
      "group SIGINT, 500, arar SIGTERM, 2000, arar SIGHUP, 2000",
      "kill SIGHUP",
    ],
    [
      "relays a signal while the canary is stopped, which then does not answer",
      { canary: "stopped" },
      "arar SIGTERM, 20000",
      "kill SIGTERM",
    ],
    ["relays a signal to the group if the command has left it", { childGroup: 99 }, "group SIGHUP", "kill SIGHUP"],
    ["relays a signal that came before the command", early, "arar SIGTERM", "kill SIGTERM"],
    [
      "judges a signal anew after one that came before the command",
      early,
      "arar SIGTERM, 500, group SIGTERM, 500, arar SIGTERM",
      "kill SIGTERM, kill SIGTERM",
    ],
    [
      "relays a signal after a signal to the group that arar does not catch",
      {},
      "canary SIGUSR1, 500, arar SIGTERM",
      "kill SIGTERM",
    ],
  ];
  for (const terminal of [false, true]) {
    const where = terminal ? "on a terminal" : "without a terminal";
    for (const signal of SIX) {
      rows.push([`relays ${signal} to arar alone once, ${where}`, { terminal }, `arar ${signal}`, `kill ${signal}`]);
      rows.push([`does not relay ${signal} to the group, ${where}`, { terminal }, `group ${signal}`, ""]);
    }
    for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM"]) {
      const isTyped = terminal && signal !== "SIGTERM";
      const what = `without a canary ${isTyped ? "keeps" : "relays"} ${signal} ${where}`;
      rows.push([what, { canary: "none", terminal }, `arar ${signal}`, isTyped ? "" : `kill ${signal}`]);
    }
  }
  for (const [what, options, steps, expected] of rows) {
    await t.step(what, async () => {
      const { world, relays } = relayed(options);
      await play(world, steps);
      assertEquals(relays(), expected);
    });
  }

  await t.step("has one canary at a time, and none once stopped", async () => {
    const { world, relay } = relayed();
    for (let count = 0; count < 3; count++) {
      await play(world, "group SIGINT");
      assertEquals(world.canaries, 1);
    }
    relay.stop();
    assertEquals(world.canaries, 0);
  });

  await t.step("relays nothing once stopped, yet still catches signals, which would end arar", async () => {
    const { world, relay, relays } = relayed();
    relay.stop();
    assertEquals(world.heard, SIX);
    await play(world, "arar SIGTERM");
    assertEquals(relays(), "");
  });

  await t.step("relays without a canary once it has ended of anything but a signal to the group", async () => {
    for (const end of [null, "SIGKILL"]) {
      const { world, relays } = relayed();
      world.signalArar("SIGHUP");
      world.killCanary(end);
      await play(world, "10, arar SIGTERM");
      assertEquals([relays(), world.canaries], ["kill SIGHUP, kill SIGTERM", 0]);
    }
  });

  await t.step("on Windows catches the console's events and relays none", async () => {
    const { world, relay, relays } = relayed({ os: "windows" });
    assertEquals(world.heard, ["SIGBREAK", "SIGHUP", "SIGINT"]);
    world.signalArar("SIGBREAK");
    await play(world, "arar SIGINT");
    relay.stop();
    assertEquals([relays(), world.canaries], ["", 0]);
  });
});

const OWN_GROUP = 99;

function started(options: WorldOptions, isStopped = false) {
  const world = new World(options);
  world.isStopped = isStopped;
  const child = world.system.spawn(["bash"]);
  world.actions.length = 0;
  stopTogether(world.system, child);
  return world;
}

Deno.test("stopTogether()", async (t) => {
  await t.step("stops when the command does, and resumes it when resumed", () => {
    const world = started({ terminal: true, childGroup: OWN_GROUP });
    world.isStopped = true;
    world.signalArar("SIGCHLD");
    assertEquals(world.actions, ["stop"]);
    world.signalArar("SIGCONT");
    assertEquals(world.actions, ["stop", `resume ${OWN_GROUP}`]);
  });

  await t.step("stops only once until it is resumed, however late a SIGCHLD is reported", () => {
    const world = started({ terminal: true, childGroup: OWN_GROUP });
    world.isStopped = true;
    for (const signal of ["SIGCHLD", "SIGCHLD", "SIGCONT", "SIGCHLD"] as const) world.signalArar(signal);
    assertEquals(world.actions, ["stop", `resume ${OWN_GROUP}`, "stop"]);
  });

  await t.step("stops for a command that had stopped before", () => {
    assertEquals(started({ terminal: true, childGroup: OWN_GROUP }, true).actions, ["stop"]);
  });

  await t.step("does nothing when another child ends or the command runs", () => {
    const world = started({ terminal: true, childGroup: OWN_GROUP });
    world.signalArar("SIGCHLD");
    world.signalArar("SIGCONT");
    assertEquals(world.actions, []);
  });

  await t.step("ignores a command in our group, which the terminal stops together with arar", () => {
    const world = started({ terminal: true });
    world.isStopped = true;
    world.signalArar("SIGCHLD");
    world.signalArar("SIGCONT");
    assertEquals(world.actions, []);
  });

  await t.step("needs a terminal, and not Windows", () => {
    assertEquals(started({ terminal: false, childGroup: OWN_GROUP }).heard, []);
    assertEquals(started({ terminal: true, childGroup: OWN_GROUP, os: "windows" }).heard, []);
  });
});
