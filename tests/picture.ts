/**
 * Owns `deno task picture`: runs the demo and draws what it prints as a terminal, for README. What differs from run to run
 * (issued keys, times, the port) is replaced by a sample of it, so that the same demo gives the same picture.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { baseEnv, denoFlags } from "./arar.ts";

export const PICTURE: URL = new URL("../.github/assets/demo.svg", import.meta.url);

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const LINE_HEIGHT = 20;
const CHARACTER_WIDTH = 8.4;
const MARGIN = 20;

/** What the demo prints, made the same for every run. */
export async function demoText(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...denoFlags(), "-A", "tests/demo.ts"],
    cwd: ROOT,
    // Without PATH: an `aws` that happens to be installed would change what is shown.
    env: { ...baseEnv(), PATH: "" },
  }).output();
  if (!success) throw new Error(`the demo failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout)
    .replace(/\bASIA[0-9A-Z]{16}\b/g, "ASIAXXXXXXXXXEXAMPLE")
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-01-01T13:00:00Z")
    .replace(/(http:\/\/127\.0\.0\.1:)\d+/g, "$18080");
}

/** The text as a terminal's window. */
export function drawTerminal(text: string): string {
  const lines = text.trimEnd().split("\n");
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER_WIDTH) + 2 * MARGIN;
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const drawn = lines.map((line, index) => drawLine(line, MARGIN + (index + 0.75) * LINE_HEIGHT)).filter((line) =>
    line !== ""
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>A terminal session: the user's identity without arar, the role's with it</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #d0d7de; white-space: pre; }
.comment { fill: #8b949e; }
.command { fill: #7ee787; }
.arar { fill: #f2cc60; }
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${drawn.join("\n")}
</svg>
`;
}

function drawLine(line: string, y: number): string {
  if (line === "") return "";
  const kind = line.startsWith("# ")
    ? "comment"
    : line.startsWith("$ ")
    ? "command"
    : line.startsWith("arar: ")
    ? "arar"
    : "";
  // The length is told, so that columns stay columns whatever font there is.
  const length = (line.length * CHARACTER_WIDTH).toFixed(1);
  return `<text x="${MARGIN}" y="${y}" textLength="${length}"${kind && ` class="${kind}"`}>${escape(line)}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

if (import.meta.main) await Deno.writeTextFile(PICTURE, drawTerminal(await demoText()));
