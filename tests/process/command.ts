/**
 * The command that process tests run behind arar: it shows what it was given, as one JSON line, and exits as its first
 * word says (`exit=3`).
 */
const [first = ""] = Deno.args;
const line = JSON.stringify({ words: Deno.args, env: Deno.env.toObject() });
await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
Deno.exit(Number(/^exit=(\d+)$/.exec(first)?.[1] ?? 0));
