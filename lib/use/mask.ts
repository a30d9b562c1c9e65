/** `--mask`: the workflow commands that make GitHub Actions mask a session's credentials in its logs. */

import type { Session } from "../aws/credentials.ts";
import { ArarError } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";

/**
 * Makes the runner, if there is one, mask the session's credentials. It scans a step's stdout and stderr for workflow
 * commands before it logs them:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export function maskSecrets(
  system: Pick<System, "stderrIsFile" | "writeStderr">,
  env: Env,
  session: Session,
): void {
  if (env.GITHUB_ACTIONS !== "true") return;
  if (system.stderrIsFile()) {
    throw new ArarError("cannot mask: stderr is redirected to a file, which would contain the secrets", {
      hints: ["do not redirect stderr, or run without --mask"],
    });
  }
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  // A workflow command must start a line, and the previous output on stderr may not have ended with a line break.
  system.writeStderr(`\n${maskLines([accessKeyId, secretAccessKey, sessionToken])}`);
}

/** One command per line of each value, since the runner masks line by line. */
function maskLines(secrets: readonly string[]): string {
  return secrets.flatMap((secret) => secret.split(/[\r\n]+/)).filter((line) => line !== "")
    .map((line) => `::add-mask::${line.replaceAll("%", "%25")}\n`).join("");
}
