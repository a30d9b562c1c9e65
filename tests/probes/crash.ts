/** Starts a command and then fails, as arar would by a bug that nothing catches. */
import { waitForChild } from "../../lib/child/spawn.ts";
import { system } from "../../lib/system.ts";

const spawn = (command: readonly string[]) => {
  const child = system.spawn(command);
  setTimeout(() => {
    throw new Error("a bug");
  });
  return child;
};
await waitForChild({ ...system, spawn }, system.args);
