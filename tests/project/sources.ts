/**
 * Reads the project's own source files and their imports, for the tests in this folder.
 */

export const ROOT: URL = new URL("../../", import.meta.url);

/** An import. The target is a path from the root, or a bare name. */
export interface Import {
  readonly target: string;
  /** Absent at run time: `import type`, `export type … from`. */
  readonly typeOnly: boolean;
}

/** A source file. */
export interface Source {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export function readText(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** All files below `folder` with this ending, sorted; `""` is the root. */
export function listFiles(folder: string, ending = ""): string[] {
  const found: string[] = [];
  for (const entry of entriesOf(folder)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && !LEFT_OUT.has(entry.name)) {
      found.push(...listFiles(path, ending));
    } else if (entry.isFile && entry.name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

/** Not part of the source. */
const LEFT_OUT: ReadonlySet<string> = new Set([".git", "coverage", "dist", "node_modules"]);

function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(new URL(`./${folder}/`, ROOT))];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

export function readSource(path: string): Source {
  return sourceOf(path, readText(path));
}

export function sourceOf(path: string, text: string): Source {
  const code = withoutComments(text);
  return { path, text, code, imports: importsOf(path, code) };
}

/** Good enough for formatted code: it removes whatever follows ` //`, even in a string, but no URL. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[^]*?\*\//gm, "").replace(/(^|\s)\/\/.*$/gm, "");
}

const STATIC_IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})?\s*(?:from\s*)?"([^"]+)"/gm;
const DYNAMIC_IMPORT = /(typeof\s+)?\bimport\(\s*"([^"]+)"/g;

function importsOf(path: string, code: string): Import[] {
  return [...code.matchAll(STATIC_IMPORT), ...code.matchAll(DYNAMIC_IMPORT)]
    .map(([, typeOnly, specifier = ""]) => ({
      target: targetOf(path, specifier),
      typeOnly: typeOnly !== undefined,
    }));
}

function targetOf(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}
