/**
 * Owns the blocks of README.md that the code itself knows: `deno task docs` writes them, a test compares.
 * Must not hold any text that a reader could not find in the code.
 */
import { MARKER, REMOVED, SET } from "../lib/variables.ts";
import { renderHelp } from "../lib/cli/help.ts";
import { renderAllowedDifferences } from "../tests/probes/allowed_differences.ts";

/** The file. */
export const README: URL = new URL("../README.md", import.meta.url);

/** Each block by the name in its markers, `<!-- help -->` and `<!-- /help -->`. */
const BLOCKS: Readonly<Record<string, () => string>> = {
  help: () => "```text\n" + renderHelp() + "```",
  environment,
  differences: renderAllowedDifferences,
};

/** The text with every block as the code has it now. */
export async function renderReadme(text: string): Promise<string> {
  return await formatted(withBlocks(text));
}

function withBlocks(text: string): string {
  return Object.entries(BLOCKS).reduce((result, [name, render]) => {
    const block = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!block.test(result)) throw new Error(`README.md has no markers of block ${name}`);
    return result.replace(block, (_, start, end) => `${start}\n${render()}\n\n${end}`);
  }, text);
}

function environment(): string {
  const rows = REMOVED.map(({ name, reason }) => `| \`${name}\` | ${reason} |`);
  return [
    `Set: ${
      [...SET, MARKER].map((name) => `\`${name}\``).join(", ")
    }, and \`AWS_REGION\` and \`AWS_DEFAULT_REGION\` as said above.`,
    "",
    "| Removed | Why |",
    "| --- | --- |",
    ...rows,
  ].join("\n");
}

/** The text as `deno fmt` leaves it: tables get their columns aligned. */
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

if (import.meta.main) await Deno.writeTextFile(README, await renderReadme(await Deno.readTextFile(README)));
