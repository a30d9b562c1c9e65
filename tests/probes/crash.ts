/** Starts a command, then fails with an uncaught error, as a bug in arar would. */
import { waitForChild } from "../../lib/child/hand_over.ts";
import { system } from "../../lib/system.ts";

const spawn = (command: readonly string[]) => {
  const child = system.spawn(command);
  setTimeout(() => {
    throw new Error("a bug");
  });
  return child;
};
await waitForChild({ ...system, spawn }, system.args);
