/** Loads the script in a real bash and presses TAB; skipped if it is not installed. */

import { assertEquals } from "@std/assert";
import { BASH } from "../../../lib/cli/completion/bash.ts";
import { type Home, inShell, LINES, makeHome, WORDS, wordsOf } from "./shells.ts";

// `bash -i` edits its lines with readline even where stdin is a pipe.
const BASH_DRIVER = `
PS1= PS2=
arar() { printf 'word<%s>' "$@" >&3; echo >&3; }
source script.txt
`;

async function typeIn(home: Home, lines: readonly string[]): Promise<string> {
  const input = [BASH_DRIVER, ...lines.map((line) => `arar ${line}\n`), "exit\n"].join("");
  return (await home.run(["bash", "-c", "exec bash --norc --noprofile -i 3>&1 >/dev/null 2>/dev/null"], input)).stdout;
}

Deno.test("renderBash()", async (t) => {
  await using home = await makeHome("bash");

  await inShell(t, "completes arar's words, then the command's", "bash", async () => {
    assertEquals(wordsOf(await typeIn(home, LINES)), WORDS);
  });

  await inShell(t, "leaves the command to bash-completion if that is loaded", "bash", async () => {
    const offset = '_comp_command_offset() { COMPREPLY=("offset-$1"); }';
    const typed = await typeIn(home, [`; ${offset}`, "-u --role-arn=a:b git che\t"]);
    assertEquals(wordsOf(typed).at(-1), ["-u", "--role-arn=a:b", "git", "offset-7"]);
  });

  await t.step("uses only features of bash 3.2", () => {
    // No associative arrays, no mapfile, no case conversion, no negative index; compopt is tried and may be missing.
    const newer = /declare -A|mapfile|readarray|\$\{\w+[,^]{1,2}\}|\[-1\]/g;
    assertEquals(BASH.match(newer), null);
  });
});
