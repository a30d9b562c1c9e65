/**
 * `deno task picture`: runs the demo and draws its output as a terminal, for README. Sample values replace what differs
 * between runs (times, the port), so that the same demo gives the same picture.
 */
import { fileURLToPath } from "node:url";
import { baseEnv, denoFlags } from "./arar.ts";

/** A picture: its file, what it shows, and the arguments of the demo. */
export interface Picture {
  readonly file: URL;
  readonly title: string;
  readonly args: readonly string[];
}

export const PICTURES: readonly Picture[] = [
  {
    file: new URL("../.github/assets/demo.svg", import.meta.url),
    title: "A terminal: the user's identity without arar, the role's with it, an exit code, a mistake",
    args: [],
  },
  {
    file: new URL("../.github/assets/dry_run.svg", import.meta.url),
    title: "A terminal: what --dry-run shows",
    args: ["--dry-run"],
  },
];

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const LINE_HEIGHT = 20;
const CHARACTER_WIDTH = 8.4;
const MARGIN = 20;

/** Longer lines wrap, at a space where there is one. */
const COLUMNS = /.{1,100}(?= |$)|.{1,100}/g;

/** The output of the demo, the same for every run. */
export async function demoText(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...denoFlags(), "-A", "tests/demo.ts", ...args],
    cwd: ROOT,
    env: baseEnv(),
  }).output();
  if (!success) throw new Error(`the demo failed: ${new TextDecoder().decode(stderr)}`);
  const [, shown = ""] = /^[^$]*(\$ .*?)\n\nThat /s.exec(new TextDecoder().decode(stdout)) ?? [];
  return shown
    .replaceAll("\r\n", "\n")
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-01-01T13:00:00Z")
    .replace(/(http:\/\/127\.0\.0\.1:)\d+/g, "$18080");
}

/** Draws the text as a terminal window. */
export function drawTerminal(text: string, title: string): string {
  const lines = text.trimEnd().split("\n").flatMap((line) =>
    line.match(COLUMNS)?.map((part) => part.trimStart()) ?? [""]
  );
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER_WIDTH) + 2 * MARGIN;
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const drawn = lines.map((line, index) => drawLine(line, MARGIN + (index + 0.75) * LINE_HEIGHT))
    .filter((line) => line !== "");
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escape(title)}</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #d0d7de; white-space: pre; }
rect { fill: #0d1117; }
.command { fill: #7ee787; }
.arar { fill: #f2cc60; }
@media (prefers-color-scheme: light) {
text { fill: #1f2328; }
rect { fill: #f6f8fa; }
.command { fill: #116329; }
.arar { fill: #7d4e00; }
}
</style>
<rect width="100%" height="100%" rx="8"/>
${drawn.join("\n")}
</svg>
`;
}

function drawLine(line: string, y: number): string {
  if (line === "") return "";
  const kind = line.startsWith("$ ") ? "command" : line.startsWith("arar: ") ? "arar" : "";
  // A fixed length keeps columns aligned in any font.
  const length = (line.length * CHARACTER_WIDTH).toFixed(1);
  return `<text x="${MARGIN}" y="${y}" textLength="${length}"${kind && ` class="${kind}"`}>${escape(line)}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

if (import.meta.main) {
  for (const { file, title, args } of PICTURES) {
    await Deno.writeTextFile(file, drawTerminal(await demoText(args), title));
  }
}
