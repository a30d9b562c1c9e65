/**
 * Loads each script in its real shell and presses TAB. A shell that is not installed is skipped by name.
 *
 * @module
 */

import { assertArrayIncludes, assertEquals } from "@std/assert";
import { renderCompletion } from "../../lib/cli/completion.ts";
import { BASH } from "../../lib/cli/completion/bash.ts";
import { FISH } from "../../lib/cli/completion/fish.ts";
import { POWERSHELL } from "../../lib/cli/completion/powershell.ts";
import { ZSH } from "../../lib/cli/completion/zsh.ts";
import { HANG } from "../patience.ts";

let home = "";

/** What was typed (`\t` is the TAB key), and the words that arar then gets. */
const TYPED: readonly (readonly [string, readonly string[]])[] = [
  ["--ro\t", ["--role-"]],
  ["--role-s\t", ["--role-session-name"]],
  ["--print proc\t", ["--print", "process"]],
  ["--print=proc\t", ["--print=process"]],
  ["--role-arn arn:aws:iam::123456789012:role/r --fresh\t", [
    "--role-arn",
    "arn:aws:iam::123456789012:role/r",
    "--fresh",
  ]],
  ["--role-arn=arn:aws:iam::123456789012:role/r --dry\t", [
    "--role-arn=arn:aws:iam::123456789012:role/r",
    "--dry-run",
  ]],
  ["--policy @pol\t", ["--policy", "@pol icy.json"]],
  ["--policy=@pol\t", ["--policy=@pol icy.json"]],
  ["--web-identity-token-file tok\t", [
    "--web-identity-token-file",
    "token.txt",
  ]],
  ["--web-identity-token-file=tok\t", ["--web-identity-token-file=token.txt"]],
  ["--profile dep\t", ["--profile", "deploy:eu@1"]],
  ["--profile=dep\t", ["--profile=deploy:eu@1"]],
  ["--profile my\t", ["--profile", "my profile"]],
  ["-u ararh\t", ["-u", "ararhelper"]],
  ["-u -- ararh\t tok\t", ["-u", "--", "ararhelper", "token.txt"]],
  ["--role-arn ararh\t ararh\t", ["--role-arn", "ararh", "ararhelper"]],
  ["ararhelper --role-s\t", ["ararhelper", "--role-s"]],
  ["-- ararhelper --dry\t", ["--", "ararhelper", "--dry"]],
];

/** Shared files as they may be written; the names of profiles in them. */
const CONFIG = `[default]\r
region = eu-west-1
[profile deploy:eu@1] # production
role_arn = [profile no]
[ profile  "my profile" ]
[profile keys]
[profile]
[profiles]
[sso-session acme]
[services local]
[open
`;
const CREDENTIALS = `[keys]
aws_secret_access_key = [SECRET]
[ci]
[default]`;
const PROFILES = ["default", "deploy:eu@1", "my profile", "keys", "ci"];

// `bash -i` edits its lines with readline even where stdin is a pipe.
const BASH_DRIVER = `
PS1= PS2=
arar() { printf 'word<%s>' "$@" >&3; echo >&3; }
source bash.txt
`;

async function typeInBash(lines: readonly string[]): Promise<string> {
  const input = [
    BASH_DRIVER,
    ...lines.map((line) => `arar ${line}\n`),
    "exit\n",
  ].join("");
  return await output(
    [
      "bash",
      "-c",
      "exec bash --norc --noprofile -i 3>&1 >/dev/null 2>/dev/null",
    ],
    input,
  );
}

// zsh drives a second zsh in a pseudo-terminal: https://zsh.sourceforge.io/Doc/Release/Zsh-Modules.html#The-zsh_002fzpty-Module
const ZSH_DRIVER = String.raw`
zmodload zsh/zpty
zpty z 'PS1= PS2= zsh -f -i'
zpty -w z 'unsetopt zle_bracketed_paste beep; setopt multibyte; autoload -Uz compinit && compinit -D -u; source zsh.txt
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

async function typeInZsh(lines: readonly string[]): Promise<string> {
  return await output(["zsh", "-f", "-c", ZSH_DRIVER, "driver", ...lines], "");
}

/** What fish would offer, which has nothing to complain about. */
async function offersInFish(line: string, before = ""): Promise<string[]> {
  const { stdout, stderr } = await run(["fish", "-c", `source fish.txt; ${before}; complete -C $argv[1]`, line], "");
  assertEquals(stderr, "");
  return stdout.split("\n").filter((answer) => answer !== "").map((answer) => answer.split("\t")[0] ?? "");
}

async function output(words: readonly string[], input: string): Promise<string> {
  return (await run(words, input)).stdout;
}

async function run(
  [program = "", ...args]: readonly string[],
  input: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const child = new Deno.Command(program, {
    args,
    cwd: home,
    clearEnv: true,
    env: {
      HOME: home,
      PATH: `${home}:${Deno.env.get("PATH")}`,
      TERM: "dumb",
      LANG: "C.UTF-8",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(HANG),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

function missing(program: string): string | undefined {
  if (Deno.build.os === "windows") return "needs a Unix shell";
  try {
    new Deno.Command(program, {
      args: ["-c", ":"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return undefined;
  } catch {
    return `no ${program} on PATH`;
  }
}

/** A case for a shell that may not be there. */
async function inShell(t: Deno.TestContext, name: string, program: string, fn: () => Promise<void>): Promise<void> {
  const reason = missing(program);
  await t.step({
    name: reason ? `${name}: ${reason}` : name,
    ignore: reason !== undefined,
    fn,
  });
}

/** One line for each typed line, its words as `word<…>`. */
function wordsOf(text: string): string[][] {
  return text.trimEnd().split("\n").map((line) => [...line.matchAll(/word<(.*?)>/g)].map(([, word = ""]) => word));
}

const LINES = TYPED.map(([line]) => line);
const WORDS = TYPED.map(([, words]) => [...words]);

/** The function of a script that lists profiles: silent about files that are missing, and about what is no file. */
async function findsProfiles(shell: string, command: readonly string[]): Promise<void> {
  const list = shell === "fish" ? "__arar_profiles" : "_arar_profiles";
  const setting = (config: string) =>
    shell === "fish" ? `set -x AWS_CONFIG_FILE ${config}` : `export AWS_CONFIG_FILE=${config}`;
  const found = async (before: string) => {
    // Only an interactive zsh has it.
    const stub = shell === "zsh" ? "compdef() { }" : "true";
    const { stdout, stderr } = await run([...command, `${stub}; source ${shell}.txt; ${before}; ${list}`], "");
    assertEquals(stderr, "");
    return [...new Set(stdout.split("\n").filter((line) => line !== ""))];
  };
  assertEquals(await found("true"), PROFILES);
  for (const nothing of ["/gone", "/dev/zero", "."]) {
    assertEquals(await found(setting(nothing)), ["keys", "ci", "default"]);
  }
}

/** A home with the scripts, and files to complete. */
async function makeHome(): Promise<AsyncDisposable> {
  home = await Deno.makeTempDir();
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    await Deno.writeTextFile(`${home}/${shell}.txt`, renderCompletion(shell));
  }
  await Deno.writeTextFile(`${home}/pol icy.json`, "{}");
  await Deno.writeTextFile(`${home}/token.txt`, "");
  await Deno.mkdir(`${home}/.aws`);
  await Deno.writeTextFile(`${home}/.aws/config`, CONFIG);
  await Deno.writeTextFile(`${home}/.aws/credentials`, CREDENTIALS);
  await Deno.writeTextFile(`${home}/ararhelper`, "#!/bin/sh\n", {
    mode: 0o755,
  });
  return { [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }) };
}

Deno.test("completion scripts", async (t) => {
  await using _ = await makeHome();

  await t.step("BASH", async (t) => {
    await inShell(t, "completes arar's words, then the command's", "bash", async () => {
      assertEquals(wordsOf(await typeInBash(LINES)), WORDS);
    });

    await inShell(t, "hands the command over to bash-completion where it is loaded", "bash", async () => {
      const offset = '_comp_command_offset() { COMPREPLY=("offset-$1"); }';
      const typed = await typeInBash([
        `; ${offset}`,
        "-u --role-arn=a:b git che\t",
      ]);
      assertEquals(wordsOf(typed).at(-1), [
        "-u",
        "--role-arn=a:b",
        "git",
        "offset-7",
      ]);
    });

    await inShell(t, "finds the profiles of the shared files", "bash", () => findsProfiles("bash", ["bash", "-c"]));

    await t.step("stays with what bash 3.2 has", () => {
      // No associative arrays, no mapfile, no case conversion, no negative index; compopt is tried and may be missing.
      const newer = /declare -A|mapfile|readarray|\$\{\w+[,^]{1,2}\}|\[-1\]/g;
      assertEquals(BASH.match(newer), null);
    });
  });

  await t.step("ZSH", async (t) => {
    await inShell(t, "completes arar's words, then the command's", "zsh", async () => {
      assertEquals(wordsOf(await typeInZsh(LINES)), WORDS);
    });

    await inShell(t, "finds the profiles of the shared files", "zsh", () => findsProfiles("zsh", ["zsh", "-f", "-c"]));

    await t.step("can be saved as an autoloaded function", () => {
      assertEquals(ZSH.split("\n")[0], "#compdef arar");
    });
  });

  await t.step("FISH", async (t) => {
    for (const [line, words] of TYPED.filter(([line]) => line.indexOf("\t") === line.length - 1)) {
      // What is no option of the command at hand: fish offers nothing and leaves the word alone.
      const typed = line.trimEnd();
      const last = words.at(-1) ?? "";
      const unchanged = typed.endsWith(last);
      await inShell(t, `offers ${JSON.stringify(unchanged ? "nothing" : last)} for ${typed}`, "fish", async () => {
        const offered = await offersInFish(`arar ${typed}`);
        if (unchanged) assertEquals(offered, []);
        else {assertEquals(
            offered.filter((word) => !word.startsWith(last)),
            [],
          );}
        assertEquals(offered.length > 0, !unchanged);
      });
    }

    await inShell(t, "finds the profiles of the shared files", "fish", () => findsProfiles("fish", ["fish", "-c"]));

    await inShell(t, "asks the command's own completion", "fish", async () => {
      const own = "complete -c ararhelper -l from-helper";
      assertEquals(await offersInFish("arar -u -- ararhelper --fr", own), ["--from-helper"]);
    });

    await t.step("names no option that the table does not fill in", () => {
      assertEquals(FISH.match(/complete -c arar .*-l /g), null);
    });
  });

  await t.step("POWERSHELL", async (t) => {
    const reason = missing("pwsh");
    await t.step({
      name: `completes arar's words, then the command's${reason ? `: ${reason}` : ""}`,
      ignore: reason !== undefined,
      fn: async () => {
        const script = `Get-Content -Raw powershell.txt | Invoke-Expression
        foreach ($line in 'arar --ro', 'arar --print=pr', 'arar --profile=dep', 'arar -u -- arar --ro') {
          (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText
        }`;
        const text = await output([
          "pwsh",
          "-NoProfile",
          "-NonInteractive",
          "-Command",
          script,
        ], "");
        assertArrayIncludes(text.split(/\r?\n/), [
          "--role-arn",
          "--role-session-name",
          "--print=process",
          "--profile=deploy:eu@1",
        ]);
      },
    });

    await t.step("closes every bracket that it opens", () => {
      const count = (sign: string) => POWERSHELL.split(sign).length;
      assertEquals([count("{"), count("(")], [count("}"), count(")")]);
    });
  });
});
