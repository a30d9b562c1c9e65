/** arar stops and resumes with a command in its own process group. The probes test real shells. */
import { assertEquals } from "@std/assert";
import { stopTogether } from "../../lib/child/suspend.ts";
import { World, type WorldOptions } from "./fake_world.ts";

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
