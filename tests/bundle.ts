/**
 * Builds the bundle for tests, and reads the imports of minified code.
 */
import { assert } from "@std/assert";
import { fileURLToPath } from "node:url";
import { denoFlags } from "./arar.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Builds the bundle, as `deno task bundle` does, in this folder. */
export async function bundleInto(folder: string): Promise<void> {
  const args = ["run", "--quiet", ...denoFlags(), "-A", ".ci/bundle.ts", folder, ...denoFlags()];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** `import{a}from"x"`, `import"x"`, `export*from"x"`. */
export function staticImports(code: string): string[] {
  return [...code.matchAll(/(?:^|[;}\s])(?:import|export)(?:[\w$*{},\s]+from)?\s*"([^"]+)"/g)]
    .map(([, path = ""]) => path);
}

/** `import("x")`, each once. */
export function dynamicImports(code: string): string[] {
  return [...new Set([...code.matchAll(/\bimport\("([^"]+)"\)/g)].map(([, path = ""]) => path))].sort();
}
