/**
 * Hands over to a command and then fails, as arar would with a bug that nobody catches.
 * Must not know what becomes of the command.
 */
import { waitForChild } from "../../lib/child/spawn.ts";
import { system } from "../../lib/system.ts";

setTimeout(() => {
  throw new Error("a bug");
}, 100);
await waitForChild(system, system.args);
