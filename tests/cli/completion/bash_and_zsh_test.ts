/** Loads the scripts in a real bash and a real zsh and presses TAB; skips shells that are not installed. */

import { assertEquals } from "@std/assert";
import { BASH, ZSH } from "../../../lib/cli/completion/bash_and_zsh.ts";
import { assertProfiles, type Home, inShell, LINES, makeHome, WORDS, wordsOf } from "./shells.ts";

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

// zsh drives a second zsh in a pseudo-terminal: https://zsh.sourceforge.io/Doc/Release/Zsh-Modules.html#The-zsh_002fzpty-Module
const ZSH_DRIVER = String.raw`
zmodload zsh/zpty
zpty z 'PS1= PS2= zsh -f -i'
zpty -w z 'unsetopt zle_bracketed_paste beep; setopt multibyte; autoload -Uz compinit && compinit -D -u; source script.txt
  arar() { local a; for a in "$@"; do print -r -- "word<$a>"; done; print end }; print ready'
while zpty -r z l; do [[ $l = ready* ]] && break; done
for line in "$@"; do
  zpty -w -n z "arar $line"$'\n'
  while zpty -r z l; do
    [[ $l = end* ]] && break
    [[ $l = word* ]] && print -rn -- "\${l%$'\r\n'}"
  done
  print
done
zpty -d z
`.replaceAll("\\$", "$");

Deno.test("renderZsh()", async (t) => {
  await using home = await makeHome("zsh");

  await inShell(t, "completes arar's words, then the command's", "zsh", async () => {
    const { stdout } = await home.run(["zsh", "-f", "-c", ZSH_DRIVER, "driver", ...LINES]);
    assertEquals(wordsOf(stdout), WORDS);
  });

  await t.step("can be saved as an autoloaded function", () => assertEquals(ZSH.split("\n")[0], "#compdef arar"));
});

Deno.test("PROFILES", async (t) => {
  await inShell(t, "are those of the shared files, in bash", "bash", async () => {
    await using home = await makeHome("bash");
    await assertProfiles(home, ["bash", "-c"], "true", "_arar_profiles");
  });

  await inShell(t, "are those of the shared files, in zsh", "zsh", async () => {
    await using home = await makeHome("zsh");
    // Only an interactive zsh has compdef.
    await assertProfiles(home, ["zsh", "-f", "-c"], "compdef() { }", "_arar_profiles");
  });
});
