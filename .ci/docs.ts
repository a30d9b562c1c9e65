/**
 * `deno task docs`: writes the parts of the documents that repeat the code, such as the help. A test compares them.
 */
import { CIS } from "../lib/aws/signers/ci_table.ts";
import { renderHelp } from "../lib/cli/help.ts";
import { MARKER, REMOVED, SET } from "../lib/variables.ts";
import { renderAllowedDifferences } from "../tests/probes/allowed_differences.ts";

/** Each block by the name in its markers, `<!-- help -->` and `<!-- /help -->`. */
type Blocks = Readonly<Record<string, () => string>>;

/** The documents that have blocks, by path from the top. */
export const DOCUMENTS: Readonly<Record<string, Blocks>> = {
  ".github/REFERENCE.md": { help: () => "```text help\n" + renderHelp() + "```", environment },
  ".github/OIDC.md": { cis },
  ".github/COMPATIBILITY.md": { differences: renderAllowedDifferences },
};

/** The document with all its blocks up to date. */
export async function renderDocument(path: string, text: string): Promise<string> {
  return await formatted(withBlocks(path, text));
}

function withBlocks(path: string, text: string): string {
  return Object.entries(DOCUMENTS[path] ?? {}).reduce((result, [name, render]) => {
    const block = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!block.test(result)) throw new Error(`${path} has no markers of block ${name}`);
    return result.replace(block, (_, start, end) => `${start}\n${render()}\n\n${end}`);
  }, text);
}

function environment(): string {
  const set = [...SET, MARKER].map((name) => `\`${name}\``).join(", ");
  return [
    `Set: ${set}, and \`AWS_REGION\` and \`AWS_DEFAULT_REGION\` as described [above](#regions-and-endpoints).`,
    "",
    ...table(["Removed", "Why"], REMOVED.map(({ name, reason }) => [`\`${name}\``, reason])),
  ].join("\n");
}

function cis(): string {
  const rows = CIS.map(({ name, seenBy, setup }) => [name, seenBy.map((name) => `\`${name}\``).join(" or "), setup]);
  return [
    ...table(["CI", "Recognized by", "If the job has no token"], rows),
    "",
    "If none of these is set, arar asks Google Cloud's metadata server.",
  ].join("\n");
}

function table(...[head, rows]: readonly [readonly string[], readonly (readonly string[])[]]): readonly string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

/** The text as `deno fmt` formats it, with aligned columns in tables. */
async function formatted(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new TextDecoder().decode((await output).stdout);
}

if (import.meta.main) {
  for (const path of Object.keys(DOCUMENTS)) {
    const file = new URL(`../${path}`, import.meta.url);
    await Deno.writeTextFile(file, await renderDocument(path, await Deno.readTextFile(file)));
  }
}
