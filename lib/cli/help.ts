/** The text of `--help`, rendered from the option table. */

import { envNames, HEADINGS, type Option, takesValue } from "./option.ts";
import { OPTION_LIST } from "./options.ts";

const USAGE = `arar, "assume role and run": run a command as an IAM role

Usage: arar [options] [--] command [args...]
`;

const NOTES = [
  "An option --x-y can also be set as ARAR_X_Y (flags: 1 or 0; lists: comma-separated), except --print and --dry-run. Where AWS " +
  `has a variable, it is read instead: ${
    OPTION_LIST.flatMap(envNames).filter((name) => name.startsWith("AWS_")).join(", ")
  }.`,
  "Repeat an option marked ... for several values. Without a command, arar assumes the role as a check. Exit code: the command's; 128+n if signal n killed it, 127 if it was not " +
  "found, 126 if it could not be run, 125 if arar itself failed.",
];

const EXAMPLES = `
Examples:
  arar -u -- terraform plan
  arar --role-arn arn:aws:iam::123456789012:role/deploy -- aws s3 ls
  arar --profile ci --dry-run -- make release
  arar --oidc --role-arn arn:aws:iam::123456789012:role/ci -- make release
  creds=$(arar --profile ci --print export) || exit; eval "$creds"
Reference: https://github.com/ikedam/arar/blob/v1/.github/REFERENCE.md
`;

/** At most 80 columns wide. */
export function renderHelp(): string {
  const groups = HEADINGS.map((heading) => {
    const lines = OPTION_LIST.filter((option) => option.heading === heading).map(optionLine);
    return `\n${heading}:\n${lines.join("\n")}\n`;
  });
  return USAGE + groups.join("") + `\n${NOTES.map(wrap).join("")}` + EXAMPLES;
}

function optionLine(option: Option): string {
  const short = option.short ? `-${option.short}, ` : "";
  const value = takesValue(option) ? ` ${option.value}${option.kind === "list" ? "..." : ""}` : "";
  const names = `  ${short}--${option.name}${value}`;
  return `${names.padEnd(33)} ${option.summary}`;
}

/** Wraps the text at 80 columns. */
function wrap(text: string): string {
  return text.replace(/(.{1,80})(?: |$)/g, "$1\n");
}
