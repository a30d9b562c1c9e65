/**
 * `--mask`: the workflow commands that make GitHub Actions hide a session's credentials in its logs.
 *
 * @module
 */

import type { RoleSession } from "../aws/credentials.ts";
import { ArarError } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";

/**
 * Asks the runner, if there is one, to hide the session's credentials. The runner scans a step's stdout and stderr for
 * workflow commands before it logs them:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export async function maskSecrets(
  system: Pick<System, "stderrIsFile" | "writeStderr">,
  env: Env,
  session: RoleSession,
): Promise<void> {
  if (env.GITHUB_ACTIONS !== "true") return;
  if (await system.stderrIsFile()) {
    throw new ArarError("cannot mask: stderr is a file, which would keep the secrets", {
      hints: ["leave stderr to the runner, or run without --mask"],
    });
  }
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  // A workflow command counts only at the start of a line, and somebody may have left the last line unfinished.
  system.writeStderr(`\n${maskLines([accessKeyId, secretAccessKey, sessionToken])}`);
}

/** One command per line of each value: the runner matches line by line. */
export function maskLines(secrets: readonly string[]): string {
  return secrets.flatMap((secret) => secret.split(/[\r\n]+/)).filter((line) => line !== "")
    .map((line) => `::add-mask::${line.replaceAll("%", "%25")}\n`).join("");
}
