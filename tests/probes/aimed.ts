/**
 * Signals its whole process group between the start of the canary and that of the command, COUNT times, and prints how
 * many of the commands did not get the signal. To be run as the leader of its own process group: `aimed.ts COUNT`.
 */
import { waitForChild } from "../../lib/child/hand_over.ts";
import { system } from "../../lib/system.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM", "SIGUSR2"] as const;
const MOST_LOST = 5;

/** Whether the command got the signal that was sent just before it started. Any of the signals kills it. */
async function delivers(signal: typeof SIGNALS[number]): Promise<boolean> {
  const heard = Promise.withResolvers<void>();
  system.onSignal(signal, heard.resolve);
  const spawn = (command: readonly string[]) => {
    Deno.kill(-Deno.pid, signal);
    return system.spawn(command);
  };
  const { kind } = await waitForChild({ ...system, spawn }, ["sleep", "30"]);
  // Otherwise it would be taken for the next one.
  await heard.promise;
  return kind === "signalled";
}

system.guardSignals();
let lost = 0;
for (let sent = 0; sent < Number(system.args[0]) && lost < MOST_LOST; sent++) {
  if (!await delivers(SIGNALS[sent % SIGNALS.length] ?? "SIGTERM")) lost++;
}
system.writeStdout(`lost ${lost}\n`);
