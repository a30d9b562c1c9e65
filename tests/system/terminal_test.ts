/** Each case runs in its own process. The process tests of MFA prompt on a real terminal. */
import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { HANG } from "../patience.ts";

const MODULE = new URL("../../lib/system/terminal.ts", import.meta.url).href;

/** The output of a program with the terminal module and this stdin. `detached` takes its terminal away. */
async function run(program: string, stdin: string | Uint8Array): Promise<{ stdout: string; stderr: string }> {
  const args = ["eval", "--no-config", "--no-lock", `import { terminal } from ${JSON.stringify(MODULE)};\n${program}`];
  const child = spawn(Deno.execPath(), args, { detached: true, timeout: HANG });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8");
  child.stdout.on("data", (data) => said.stdout += data);
  child.stderr.on("data", (data) => said.stderr += data);
  // A program that does not read its stdin may close it early.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  await once(child, "close");
  return said;
}

/** Prints the first line, and what is left for others. */
const READ = `
  const line = terminal.readStdinLine();
  const rest = await new Response(Deno.stdin.readable).text();
  console.log(JSON.stringify([line ?? null, rest.length > 99 ? rest.length : rest]));
`;

Deno.test("readStdinLine()", async (t) => {
  const rows: readonly (readonly [string, string, readonly unknown[]])[] = [
    ["reads a line and leaves the rest", "123456\ndata\n", ["123456", "data\n"]],
    ["accepts CR LF as the line break", "123456\r\ndata", ["123456", "data"]],
    ["reads a last line without a line break", "123456", ["123456", ""]],
    ["reads an empty line", "\ndata", ["", "data"]],
    ["returns undefined at the end", "", [null, ""]],
    ["reads characters of more than one byte", "é日\n", ["é日", ""]],
    ["stops within a line that never ends", "x".repeat(5000), ["x".repeat(4096), 904]],
  ];
  for (const [what, stdin, expected] of rows) {
    await t.step(what, async () => assertEquals(JSON.parse((await run(READ, stdin)).stdout), expected));
  }
});

Deno.test("ask()", async (t) => {
  await t.step({
    name: "reports that there is no terminal, and leaves stderr and stdin alone",
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const program = `
      const answer = await terminal.ask("code? ");
      console.log(JSON.stringify([answer, await new Response(Deno.stdin.readable).text()]));
    `;
      const { stdout, stderr } = await run(program, "data");
      assertEquals([JSON.parse(stdout), stderr], [[{ kind: "no-terminal" }, "data"], ""]);
    },
  });
});

Deno.test("writeStdout() and writeStderr()", async (t) => {
  await t.step("write the whole text, even if it is larger than a pipe", async () => {
    const text = "é日".repeat(100_000);
    const program = `const text = ${JSON.stringify("é日")}.repeat(100_000);
      terminal.writeStdout(text); terminal.writeStderr(text);`;
    assertEquals(await run(program, ""), { stdout: text, stderr: text });
  });
});

Deno.test("writeStderr()", async (t) => {
  await t.step({
    name: "ignores that stderr is closed",
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const program = `import { terminal } from ${JSON.stringify(MODULE)};
      terminal.writeStderr("lost\\n"); terminal.writeStdout("on\\n");`;
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", 'exec "$0" eval --no-config --no-lock "$1" 2>&-', Deno.execPath(), program],
        stdin: "null",
      }).output();
      assertEquals(new TextDecoder().decode(stdout), "on\n");
    },
  });
});
