/**
 * The last step of arar alone: hands over to a command, without any credentials, for probes that run it many times.
 * Must not know what it is compared with.
 *
 * `handover.ts spawn|exec command [arguments…]`
 */
import { execCommand } from "../../lib/child/exec.ts";
import { runChild } from "../../lib/child/spawn.ts";
import { describeFailure } from "../../lib/errors.ts";
import { clock } from "../../lib/system/clock.ts";
import { environment } from "../../lib/system/environment.ts";
import { processes } from "../../lib/system/processes.ts";
import { terminal } from "../../lib/system/terminal.ts";

const system = { ...clock, ...environment, ...processes, ...terminal };

async function handOver([way, ...command]: readonly string[]): Promise<number> {
  try {
    system.restoreEnv();
    system.guardSignals();
    return way === "exec" ? execCommand(system, command) : await runChild(system, command);
  } catch (error) {
    const { exitCode, text } = describeFailure(error);
    system.writeStderr(text);
    return exitCode;
  }
}

Deno.exit(await handOver(system.args));
