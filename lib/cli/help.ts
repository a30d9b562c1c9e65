/**
 * The help, rendered from the option table.
 *
 * @module
 */

import { envNames, GROUPS, type Option, takesValue } from "./option.ts";
import { OPTIONS } from "./options.ts";

const USAGE = `arar, "assume role and run": run a command as an IAM role

Usage: arar [options] [--] command [args...]
`;

const NOTES = [
  "An option --x-y is also read from ARAR_X_Y (flags: 1 or 0; lists: separated by commas), except for what is done instead of a " +
  `command. From AWS's own names: ${OPTIONS.flatMap(envNames).filter((name) => name.startsWith("AWS_")).join(", ")}.`,
  "Without a command the role is assumed as a check. Exit code: the command's own; 128+n killed by signal n, 127 not found, 126 " +
  "not runnable, 125 a failure of arar's own.",
];

const EXAMPLES = `
Examples:
  arar -u -- terraform plan
  arar --role-arn arn:aws:iam::123456789012:role/deploy -- aws s3 ls
  arar --profile ci --dry-run -- make release
Reference: https://github.com/ikedam/arar/blob/v1/.github/REFERENCE.md
`;

/** The text of `--help`, at most 80 columns wide. */
export function renderHelp(): string {
  const groups = GROUPS.map((group) => {
    const lines = OPTIONS.filter((option) => option.group === group).map(optionLine);
    return `\n${group}:\n${lines.join("\n")}\n`;
  });
  return USAGE + groups.join("") + `\n${NOTES.map(wrap).join("")}` + EXAMPLES;
}

function optionLine(option: Option): string {
  const short = option.short ? `-${option.short}, ` : "";
  const value = takesValue(option) ? ` ${option.value}` : "";
  const names = `  ${short}--${option.name}${value}`;
  return `${names.padEnd(33)} ${option.summary}`;
}

/** The text in lines of at most 80 columns. */
function wrap(text: string): string {
  return text.replace(/(.{1,80})(?: |$)/g, "$1\n");
}
