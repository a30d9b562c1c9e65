/**
 * The help, rendered from the option table.
 * It must not know what an option does.
 *
 * @module
 */

import { GROUPS, type Option, takesValue } from "./option.ts";
import { OPTIONS } from "./options.ts";

const USAGE = `arar, "assume role and run": run a command as an IAM role

Usage: arar [options] [--] command [args...]
`;

const ENVIRONMENT = `
An option --x-y is also read from ARAR_X_Y (flags: 1 or 0; lists and actions are
not), and these from AWS's own names: AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME,
AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE, AWS_DEFAULT_PROFILE,
AWS_WEB_IDENTITY_TOKEN_FILE.
Without a command the role is assumed as a check. Exit code: the command's own;
128+n signal n, 127 not found, 126 not runnable, 125 a failure of arar's own.
`;

/** The text of `--help`, at most 80 columns wide. */
export function renderHelp(): string {
  const groups = GROUPS.map((group) => {
    const lines = OPTIONS.filter((option) => option.group === group).map(optionLine);
    return `\n${group}:\n${lines.join("\n")}\n`;
  });
  return USAGE + groups.join("") + ENVIRONMENT;
}

function optionLine(option: Option): string {
  const short = option.short ? `-${option.short}, ` : "";
  const value = takesValue(option) ? ` ${option.value}` : "";
  const names = `  ${short}--${option.name}${value}`;
  return `${names.padEnd(33)} ${option.summary}`;
}
