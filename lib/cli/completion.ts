/**
 * The completion scripts of bash, zsh, fish and PowerShell, rendered from the option table.
 * It must not know what an option does; a script never starts arar.
 *
 * All four follow the grammar of `args.ts`: arar's own words end at `--` or at the first word that is no option; from
 * there on the shell completes the command as if arar were not there.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import { type Option, takesValue } from "./option.ts";
import { OPTIONS } from "./options.ts";
import { BASH, FISH, POWERSHELL, ZSH } from "./completion_scripts.ts";

const RENDERERS: { readonly [shell: string]: () => string } = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
  powershell: renderPowerShell,
};

/** The completion script of a shell. */
export function renderCompletion(shell: string): string {
  const render = Object.hasOwn(RENDERERS, shell) ? RENDERERS[shell] : undefined;
  if (render) return render();
  throw new ArarError(`cannot write completions for ${quote(shell)}`, {
    hints: [`use one of ${Object.keys(RENDERERS).join(", ")}`],
  });
}

function renderBash(): string {
  const cases = valued().flatMap((option) => {
    const offered = offer(option);
    if (offered.kind === "nothing") return [];
    const made = offered.kind === "words"
      ? `_arar_answer "$2" < <(compgen -W "${offered.words.join(" ")}" -- "$value")`
      : `compopt -o filenames 2>/dev/null; _arar_answer "$2${offered.lead}" < <(compgen -f -- "\${value#"${offered.lead}"}")`;
    return `    ${long(option)}) ${made} ;;\n`;
  });
  return fill(BASH, {
    VALUED: valued().map(long).join(" | "),
    CASES: cases.join(""),
    WORDS: OPTIONS.flatMap(spellings).join(" "),
  });
}

function renderZsh(): string {
  return fill(ZSH, {
    SPECS: OPTIONS.map((option) => `    ${zshSpec(option)} \\\n`).join(""),
  });
}

function zshSpec(option: Option): string {
  const repeated = option.kind === "list" ? "*" : "";
  const excluded = option.kind === "action" ? "(- : *)" : "";
  const text = `[${zshText(option.summary)}]`;
  if (takesValue(option)) {
    const offered = offer(option);
    const action = offered.kind === "words"
      ? `(${offered.words.join(" ")})`
      : offered.kind === "nothing"
      ? " "
      : offered.lead
      ? "_arar_at_file"
      : "_files";
    return `'${repeated}--${option.name}=${text}:${zshText(option.value)}:${action}'`;
  }
  const names = spellings(option);
  const others = excluded || (names.length > 1 ? `(${names.join(" ")})` : "");
  return names.map((name) => `'${others}${name}${text}'`).join(" ");
}

/** Inside single quotes, and where `_arguments` reads brackets and colons itself. */
function zshText(text: string): string {
  return text.replace(/[\[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function renderFish(): string {
  return fill(FISH, {
    VALUED: valued().map(long).join(" "),
    OPTIONS: OPTIONS.map(fishLine).join(""),
  });
}

function fishLine(option: Option): string {
  const short = option.short ? ` -s ${option.short}` : "";
  const summary = fishQuote(option.summary);
  return `complete -c arar -n __arar_own${short} ${fishName(option)} -d ${summary}\n`;
}

function fishName(option: Option): string {
  const name = `-l ${option.name}`;
  if (!takesValue(option)) return name;
  const offered = offer(option);
  if (offered.kind === "words") {
    return `${name} -x -a ${fishQuote(offered.words.join(" "))}`;
  }
  if (offered.kind === "nothing") return `${name} -x`;
  return offered.lead ? `${name} -x -a '(__arar_at_file)'` : `${name} -r -F`;
}

function fishQuote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

function renderPowerShell(): string {
  const rows = OPTIONS.map((option: Option) => {
    const offered = offer(option);
    const words = offered.kind === "words" ? offered.words : [];
    const fields = [
      `Names = @(${spellings(option).map(powerShellQuote).join(", ")})`,
      `Text = ${powerShellQuote(option.summary)}`,
      `Valued = $${takesValue(option)}`,
      `File = ${offered.kind === "file" ? powerShellQuote(offered.lead) : "$null"}`,
      `Words = @(${words.map(powerShellQuote).join(", ")})`,
    ];
    return `    @{ ${fields.join("; ")} }\n`;
  });
  return fill(POWERSHELL, { ROWS: rows.join("") });
}

function powerShellQuote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function valued(): readonly Option[] {
  return OPTIONS.filter((option: Option) => takesValue(option));
}

/** What can be offered as the value of an option; `lead` is what stands before the name of the file. */
type Offer =
  | { readonly kind: "nothing" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file"; readonly lead: "" | "@" };

function offer(option: Option): Offer {
  if (!takesValue(option) || !option.complete) return { kind: "nothing" };
  if (option.complete === "profile") return { kind: "nothing" };
  if (option.complete !== "file") return { kind: "words", words: option.complete };
  return { kind: "file", lead: option.value.includes("@FILE") ? "@" : "" };
}

function long(option: Option): string {
  return `--${option.name}`;
}

function spellings(option: Option): readonly string[] {
  return option.short ? [`-${option.short}`, long(option)] : [long(option)];
}

/** Puts the values in place of `@NAME@` in a script; the scripts use no other `@NAME@`. */
function fill(
  script: string,
  values: { readonly [name: string]: string },
): string {
  return script.replace(/@([A-Z]+)@\n?/g, (whole, name: string) => {
    const value = values[name] ?? whole;
    return whole.endsWith("\n") && !value.endsWith("\n") ? `${value}\n` : value;
  });
}
