/**
 * The completion scripts, one for each shell, rendered from the option table. A script never runs arar.
 *
 * All follow the grammar of `args.ts`: arar's own words end at `--` or at the first word that is not an option. From
 * there on the shell completes the command as if arar were not there.
 */

import { ArarError, quote } from "../errors.ts";
import { renderBash, renderZsh } from "./completion/bash_and_zsh.ts";
import { renderFish } from "./completion/fish.ts";
import { renderPowerShell } from "./completion/powershell.ts";

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
