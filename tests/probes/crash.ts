/** Starts a command and then fails, as arar would by a bug that nothing catches. */
import { waitForChild } from "../../lib/child/spawn.ts";
import { system } from "../../lib/system.ts";

setTimeout(() => {
  throw new Error("a bug");
}, 100);
await waitForChild(system, system.args);
