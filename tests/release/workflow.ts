/**
 * Reads jobs, commands, actions and the matrix of workflow files, for the tests in this folder. It understands only the
 * plain YAML of these files.
 */

export const WORKFLOWS = [".github/workflows/ci.yml", ".github/workflows/release.yml"];
export const ACTION = ".github/actions/setup/action.yml";

/** One target of the release's matrix. */
export interface Target {
  readonly target: string;
  readonly asset: string;
  readonly runner: string;
}

/** The text of each job, by name. */
export function jobsOf(text: string): ReadonlyMap<string, string> {
  const [, jobs = ""] = text.split(/^jobs:\n/m);
  const names = [...jobs.matchAll(/^ {2}([\w-]+):\n/gm)];
  return new Map(names.map((found, index) => [found[1] ?? "", jobs.slice(found.index, names[index + 1]?.index)]));
}

/** Every `run:` of a file, as the shell receives it. */
export function commandsOf(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const [, indent = "", dash = "", inline] = /^( *)(- )?run: (.*)$/.exec(line) ?? [];
    if (inline === undefined) return [];
    if (inline !== "|") return [inline];
    const margin = indent.length + dash.length + 2;
    const after = lines.slice(index + 1);
    const end = after.findIndex((next) => next.trim() !== "" && next.search(/\S/) < margin);
    return [after.slice(0, end === -1 ? undefined : end).map((next) => next.slice(margin)).join("\n")];
  });
}

/** The command of the step of this name. */
export function commandOf(text: string, name: string): string {
  const [, step] = text.split(`- name: ${name}\n`);
  const [command] = commandsOf(step ?? "");
  if (command === undefined) throw new Error(`no step is named ${name}`);
  return command;
}

/** Every action that is used, with its comment. */
export function usesOf(text: string): { readonly action: string; readonly comment: string }[] {
  return [...text.matchAll(/^ *(?:- )?uses: (\S+)(.*)$/gm)]
    .map(([, action = "", comment = ""]) => ({ action, comment: comment.trim() }));
}

/** The matrix of the release. */
export function targetsOf(release: string): Target[] {
  const entry = /- target: (\S+)\n +asset: (\S+)\n +runner: (\S+)\n/g;
  return [...release.matchAll(entry)].map(([, target = "", asset = "", runner = ""]) => ({ target, asset, runner }));
}
