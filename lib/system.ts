/** Everything arar does to the outside world. Only this file and its folder use `Deno` or `console`. */

import { capture } from "./system/capture.ts";
import { clock } from "./system/clock.ts";
import { environment } from "./system/environment.ts";
import { files } from "./system/files.ts";
import { network } from "./system/network.ts";
import { processes } from "./system/processes.ts";
import { server } from "./system/server.ts";
import { terminal } from "./system/terminal.ts";

/** The real outside world. */
export const system = {
  ...capture,
  ...clock,
  ...environment,
  ...files,
  ...network,
  ...processes,
  ...server,
  ...terminal,
} as const;

/** The outside world. Functions take the part they use, such as `Pick<System, "now">`. */
export type System = Readonly<typeof system>;
