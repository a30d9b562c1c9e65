/**
 * Only the last step of arar: runs a command, without any credentials, for probes that do this many times.
 *
 * `handover.ts spawn|exec command [arguments…]`
 */
import { execCommand, runChild } from "../../lib/child/hand_over.ts";
import { describeFailure } from "../../lib/errors.ts";
import { clock } from "../../lib/system/clock.ts";
import { environment } from "../../lib/system/environment.ts";
import { files } from "../../lib/system/files.ts";
import { processes } from "../../lib/system/processes.ts";
import { terminal } from "../../lib/system/terminal.ts";

const system = { ...clock, ...environment, ...files, ...processes, ...terminal };

async function handOver([way, ...command]: readonly string[]): Promise<number> {
  try {
    system.restoreEnv();
    system.guardSignals();
    return way === "exec" ? execCommand(system, command) : await runChild(system, command);
  } catch (error) {
    const { exitCode, text } = describeFailure(error, String);
    system.writeStderr(text);
    return exitCode;
  }
}

Deno.exit(await handOver(system.args));
