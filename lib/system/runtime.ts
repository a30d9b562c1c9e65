/**
 * Ends with one line on what cannot run arar: other runtimes, and Deno before 2.5, which lacks `Uint8Array.prototype.toBase64`.
 * The entry imports it first, before anything that would fail there with a stack trace.
 */

// deno-lint-ignore-file no-console -- `Deno.stderr` is what other runtimes lack

// Read without types: outside of Deno there is none of it.
const runtime = globalThis as {
  readonly Deno?: { readonly version: { readonly deno: string }; exit(code: number): never };
  readonly Bun?: { readonly version: string };
  readonly process?: { readonly version: string; exit(code: number): never };
};

const { Deno: deno } = runtime;

if (deno === undefined || !("toBase64" in Uint8Array.prototype)) {
  // Read only here: in Deno, the first access to `process` loads much of its Node.js compatibility, 25 ms at each start.
  const { Bun: bun, process: node } = runtime;
  const found = deno ? `Deno ${deno.version.deno}` : bun ? `Bun ${bun.version}` : `Node.js ${node?.version}`;
  console.error(`arar: needs Deno 2.5 or later, but this is ${found}`);
  (deno ?? node)?.exit(125);
}
