/**
 * Everything arar does to the outside world: one interface and its real implementation. Only this file and its
 * folder use `Deno` or `console`.
 */

import { type Capture, capture } from "./system/capture.ts";
import { type Clock, clock } from "./system/clock.ts";
import { type Environment, environment } from "./system/environment.ts";
import { type Files, files } from "./system/files.ts";
import { type Network, network } from "./system/network.ts";
import { type Processes, processes } from "./system/processes.ts";
import { type Server, server } from "./system/server.ts";
import { type Terminal, terminal } from "./system/terminal.ts";

/** The outside world. Functions take the part they use, such as `Pick<System, "now">`. */
export interface System extends Capture, Clock, Environment, Files, Network, Processes, Server, Terminal {}

/** The real outside world. */
export const system: System = {
  ...capture,
  ...clock,
  ...environment,
  ...files,
  ...network,
  ...processes,
  ...server,
  ...terminal,
};
