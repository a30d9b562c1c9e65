/**
 * Masks: the lines that make GitHub Actions hide secrets in its logs.
 * It must not know where secrets come from.
 *
 * @module
 */

import type { RoleSession } from "../aws/credentials.ts";
import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";

/**
 * Asks the runner to hide the session's secret and token, if there is a runner. It reads the streams of a step for
 * commands, stderr too, before it shows them. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export async function maskSecrets(
  system: Pick<System, "env" | "stderrIsFile" | "writeStderr">,
  session: RoleSession,
): Promise<void> {
  if (system.env()["GITHUB_ACTIONS"] !== "true") return;
  if (await system.stderrIsFile()) {
    throw new ArarError(
      "cannot mask: stderr goes into a file, which would keep the secrets",
      {
        hints: ["leave stderr to the runner, or run without --mask"],
      },
    );
  }
  const { secretAccessKey, sessionToken } = session.credentials;
  system.writeStderr(maskLines([secretAccessKey, sessionToken]));
}

/** One command for each line of each value: the runner compares line by line. */
export function maskLines(secrets: readonly string[]): string {
  return secrets.flatMap((secret) => secret.split(/[\r\n]+/)).filter((line) => line !== "")
    .map((line) => `::add-mask::${line.replaceAll("%", "%25")}\n`).join("");
}
