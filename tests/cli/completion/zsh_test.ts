/** Loads the script in a real zsh and presses TAB; skipped if it is not installed. */

import { assertEquals } from "@std/assert";
import { ZSH } from "../../../lib/cli/completion/zsh.ts";
import { inShell, LINES, makeHome, WORDS, wordsOf } from "./shells.ts";

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
