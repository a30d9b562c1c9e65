/** arar's error class and exit codes, and how an error looks on stderr. `run.ts` prints it. */

/**
 * arar's own exit codes. 125 to 127 follow GNU `env`, `nice` and `timeout`, so that a caller can tell a failure of the
 * wrapper from one of the command:
 * https://www.gnu.org/software/coreutils/manual/html_node/env-invocation.html
 */
export const EXIT = {
  /** arar itself failed: usage, settings, STS, MFA. */
  own: 125,
  /** The command was found but could not be run. */
  notRunnable: 126,
  /** The command was not found. */
  notFound: 127,
} as const;

/** What an {@linkcode ArarError} can carry besides its message. */
export interface ArarErrorOptions {
  /** What others said about it, such as AWS, or its reasons; printed below the message, each line on its own. */
  readonly detail?: string | undefined;
  /** What to do about it; each is printed on its own line below that. */
  readonly hints?: readonly string[];
  /** The underlying error. For callers of the library; never printed, since it may hold a secret. */
  readonly cause?: unknown;
  /** The exit code of the program; 125 by default. */
  readonly exitCode?: number;
}

/**
 * An error whose message is meant for the user: one line that says what was tried, with which value, and what to do. It
 * never holds a secret.
 */
export class ArarError extends Error {
  /** Always `"ArarError"`; identifies the error where `instanceof` cannot, such as across two copies of the library. */
  override readonly name = "ArarError";
  /** The exit code the program ends with: 125, or 126 and 127 for a command that cannot be run or is not found. */
  readonly exitCode: number;
  /** What others said about it, such as AWS, or its reasons, one line each. */
  readonly detail: string | undefined;
  /** What to do about it, one line each. */
  readonly hints: readonly string[];

  /** `message` starts in lower case, has no final period and must not hold a secret. */
  constructor(message: string, options: ArarErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.own;
    this.detail = options.detail;
    this.hints = options.hints ?? [];
  }
}

/**
 * The exit code for anything thrown, and the text as the user sees it: one `arar:` line, then one for the detail and each hint. `hide`
 * masks secrets.
 */
export function describeFailure(
  error: unknown,
  hide: (text: string) => string,
): { readonly exitCode: number; readonly text: string } {
  const { exitCode, message, detail, hints } = error instanceof ArarError ? error : forUsers(error);
  const lines = [message, ...detail ? detail.split("\n") : [], ...hints.map((hint) => `hint: ${hint}`)];
  return { exitCode, text: lines.map((line) => `arar: ${escapeControls(hide(line))}\n`).join("") };
}

/** The error for one that arar did not throw. If the user cannot have caused it, it is reported as a bug. */
function forUsers(error: unknown): ArarError {
  if (error instanceof Error && error.name === "NotCapable") {
    // "Requires env access, run again with the --allow-env flag"
    const needed = error.message.replace(/^R(equires .*), run again with .*$/s, "r$1");
    const hints = ["run arar with -A, or see the reference for the permissions it needs"];
    return new ArarError(`Deno denied permission: ${needed}`, { hints });
  }
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
    return moduleNotFound(error.message);
  }
  // The message of any other error may contain anything, even an Authorization header: only its class is shown.
  const name = error instanceof Error ? error.name : typeof error;
  return new ArarError(`internal error (${name}); please report it at https://github.com/ikedam/arar/issues`);
}

/** Deno's message may contain the URL of a registry with a password: only the package or file is shown. */
function moduleNotFound(message: string): ArarError {
  // 'Failed loading URL for package "@a/b"', "Failed caching npm package '@a/b@1.0.0'" (with a lock file),
  // "JSR package manifest for '@a/b' failed to load", "Import 'https://jsr.io/@a/b/…' failed"
  const found = /\b(?:package|manifest for) ["']([^"']+)|^Import '.*?\/(@[^/]+\/[^/]+)\//.exec(message);
  const name = found?.slice(1).find((part) => part !== undefined);
  if (name === undefined) {
    const [, file = "a module"] = /([^/\\"]+)"\.$/.exec(message) ?? [];
    return new ArarError(`cannot load ${quote(file)}, a part of arar`, { hints: ["reinstall arar"] });
  }
  return new ArarError(`cannot load the package ${quote(name)}: the registry is unreachable or does not have it`, {
    hints: ["check the network, the proxy (HTTPS_PROXY) and the registry's URL (NPM_CONFIG_REGISTRY, JSR_URL)"],
  });
}

// C0 and C1 controls, and the bidirectional controls that can make one line read as another:
// https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
// deno-lint-ignore no-control-regex -- control characters are what it matches
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Makes control characters visible (`\n`, `\x1b`, `\u202e`), so that a value cannot forge output. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : unicodeEscape(character);
  });
}

/** JSON in which the same characters are escaped; indented by two spaces unless it is for one line. */
export function showJson(value: unknown, form: "indented" | "line" = "indented"): string {
  // JSON.stringify() itself escapes C0 controls; the line breaks left are its own.
  const text = JSON.stringify(value, undefined, form === "indented" ? 2 : 0);
  return `${text.replace(CONTROLS, (character) => character === "\n" ? character : unicodeEscape(character))}\n`;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Why a file operation failed: the operating system's reason, or the reader's own, in lower case and without the path. Any
 * other error is a bug and is thrown again.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  if (!("code" in error || error.name === "NotCapable" || error.message.includes(" (os error "))) throw error;
  // "Permission denied (os error 13): stat '/path'", "Requires read access to "/path", run again with ...",
  // "EISDIR: illegal operation on a directory, read"
  const text = error.message.replace(/ \(os error .*$|, run again with .*$/s, "").replace(/^[A-Z]+: (.*), \w+$/, "$1");
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The value in double quotes, escaped and truncated to a readable length. */
export function quote(value: string): string {
  const shown = value.length > 120 ? `${value.slice(0, 117)}...` : value;
  return `"${escapeControls(shown)}"`;
}

/** The closest known name, if it is close enough. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const [prefixed] = name.length > 1 ? known.filter((one) => one.startsWith(name)).sort(byLength) : [];
  if (prefixed !== undefined) return prefixed;
  const [ending] = name.length > 1 ? known.filter((one) => one.endsWith(`-${name}`)).sort(byLength) : [];
  if (ending !== undefined) return ending;
  const most = Math.max(2, Math.ceil(name.length / 3));
  const distances = known
    // The distance is at least the difference in length.
    .filter((one) => Math.abs(one.length - name.length) <= most)
    .map((one) => ({ name: one, distance: editDistance(name, one) }));
  const best = distances.sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= most ? best.name : undefined;
}

/** The known names, the most similar first. */
export function nearestFirst(name: string, known: readonly string[]): readonly string[] {
  const distances = known.map((one) => ({ name: one, distance: editDistance(name, one) }));
  return distances.sort((a, b) => a.distance - b.distance).map((one) => one.name);
}

function byLength(one: string, other: string): number {
  return one.length - other.length;
}

/** The Levenshtein distance: how many letters have to be inserted, deleted or replaced. */
function editDistance(a: string, b: string): number {
  // By index: iterators would take longer than everything else before this message.
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
