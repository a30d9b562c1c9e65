/**
 * What can go wrong in arar itself: the one error class, the exit codes, and how an error is shown on stderr.
 * It must not know what caused an error, and it never prints: `run.ts` does.
 *
 * @module
 */

/**
 * Exit codes of arar's own. 125–127 are the convention of GNU `env`, `nice` and `timeout`, so that a
 * caller can tell the wrapper's failure from the command's:
 * https://www.gnu.org/software/coreutils/manual/html_node/env-invocation.html
 */
export const EXIT = {
  /** Anything of arar's own: usage, settings, STS, MFA. */
  own: 125,
  /** The command was found but could not be run. */
  notRunnable: 126,
  /** The command was not found. */
  notFound: 127,
} as const;

/** What an {@linkcode ArarError} may carry besides its message. */
export interface ArarErrorOptions {
  /** What to do about it: each becomes a line of its own below the message. */
  readonly hints?: readonly string[];
  /** The error that caused it; kept for callers of the library, never printed. */
  readonly cause?: unknown;
  /** Exit code of the program, {@linkcode EXIT}`.own` unless given. */
  readonly exitCode?: number;
}

/** An error whose message is meant for the user: what was tried, with which value, what to do. */
export class ArarError extends Error {
  /** Tells it from other errors where `instanceof` cannot. */
  override readonly name = "ArarError";
  /** Exit code of the program. */
  readonly exitCode: number;
  /** What to do about it, a line each. */
  readonly hints: readonly string[];

  /** The message starts in lower case, has no final period and holds no secret. */
  constructor(message: string, options: ArarErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.own;
    this.hints = options.hints ?? [];
  }
}

/** An {@linkcode ArarError} as the user sees it: one `arar:` line, then one line for each hint. */
export function renderError(error: ArarError): string {
  const lines = [error.message, ...error.hints.map((hint) => `hint: ${hint}`)];
  return lines.map((line) => `arar: ${escapeControls(line)}\n`).join("");
}

/** The exit code and text of anything that was thrown; what is not an {@linkcode ArarError} is a bug and says so. */
export function describeFailure(error: unknown): { readonly exitCode: number; readonly text: string } {
  if (error instanceof ArarError) {
    return { exitCode: error.exitCode, text: renderError(error) };
  }
  if (error instanceof Error && error.name === "NotCapable") {
    // "Requires env access, run again with the --allow-env flag"
    const needed = error.message.replace(/^R(equires .*), run again with .*$/s, "r$1");
    const hints = ["start arar with -A, or see the README for the permissions that it needs"];
    return { exitCode: EXIT.own, text: renderError(new ArarError(`Deno does not permit it: ${needed}`, { hints })) };
  }
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
    return { exitCode: EXIT.own, text: renderError(moduleNotFound(error.message)) };
  }
  // The message of a foreign error may hold anything, an Authorization header included: only its class is shown.
  const name = error instanceof Error ? error.name : typeof error;
  return {
    exitCode: EXIT.own,
    text: renderError(
      new ArarError(`internal error (${name}); please report it at https://github.com/ikedam/arar/issues`),
    ),
  };
}

/** Deno's message may hold the address of a registry, and that a password: only the package, or the file, is shown. */
function moduleNotFound(message: string): ArarError {
  // 'Failed loading URL for package "@a/b"', "JSR package manifest for '@a/b' failed to load", "Import 'https://jsr.io/@a/b/…' failed"
  const found = /\bpackage "([^"]+)"|\bmanifest for '([^']+)'|^Import '.*?\/(@[^/]+\/[^/]+)\//.exec(message);
  const name = found?.slice(1).find((part) => part !== undefined);
  if (name === undefined) {
    const [, file = "a module"] = /([^/\\"]+)"\.$/.exec(message) ?? [];
    return new ArarError(`cannot load ${quote(file)}, a part of arar`, { hints: ["install arar again"] });
  }
  return new ArarError(`cannot load the package ${quote(name)}: its registry cannot be reached, or does not have it`, {
    hints: ["check the network, the proxy (HTTPS_PROXY) and the registry's address (NPM_CONFIG_REGISTRY, JSR_URL)"],
  });
}

// C0 and C1 controls, and the bidirectional overrides that can make a line read as another:
// https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
// deno-lint-ignore no-control-regex -- these are the characters meant
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with control characters made visible (`\n`, `\x1b`, `\u202e`), so that a value cannot forge output. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The value in double quotes, made safe to show and cut to a readable length. */
export function quote(value: string): string {
  const shown = value.length > 120 ? `${value.slice(0, 117)}...` : value;
  return `"${escapeControls(shown)}"`;
}
