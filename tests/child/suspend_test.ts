/** arar stops and resumes with a command that has a process group of its own. Real shells are the probes' part. */
import { assertEquals } from "@std/assert";
import { stopTogether } from "../../lib/child/suspend.ts";
import { World, type WorldOptions } from "./fake_world.ts";

const OWN_GROUP = 99;

function started(options: WorldOptions) {
  const world = new World(options);
  stopTogether(world.system, world.system.spawn(["bash"]));
  world.actions.length = 0;
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

  await t.step("stops for a command that had stopped before", () => {
    const world = new World({ terminal: true, childGroup: OWN_GROUP });
    world.isStopped = true;
    const child = world.system.spawn(["bash"]);
    world.actions.length = 0;
    stopTogether(world.system, child);
    assertEquals(world.actions, ["stop"]);
  });

  await t.step("does nothing when another child ends or the command runs", () => {
    const world = started({ terminal: true, childGroup: OWN_GROUP });
    world.signalArar("SIGCHLD");
    world.signalArar("SIGCONT");
    assertEquals(world.actions, []);
  });

  await t.step("leaves a command in our group to the terminal", () => {
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
