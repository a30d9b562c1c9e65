/**
 * Parses the format of the shared config and credentials files.
 *
 * The rules are botocore's, which reads the files with Python's configparser, and those that the other SDKs share:
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 * https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
 *
 * Where they differ, the more lenient one applies. botocore supports no comment after a value, no indented heading below
 * a setting, no repeated section and no byte order mark; the SDKs support no `:` for `=`, no text after a heading and no
 * section in which all settings are indented. Refused though the SDKs accept it is only what hides a mistake: a setting
 * that stands twice with different values, and a line that lacks its `=`.
 */

import { ArarError } from "../errors.ts";

/** A setting, with its name as written. */
export interface IniSetting {
  readonly name: string;
  readonly value: string;
  /** The indented `name = value` lines below a setting without a value of its own. */
  readonly nested: IniSettings;
}

/** Settings by lower-case name. */
export type IniSettings = ReadonlyMap<string, IniSetting>;

/** Sections by heading, without the brackets, in the order of the file. */
export type IniSections = ReadonlyMap<string, IniSettings>;

/** A line that is neither blank nor a comment, with the more deeply indented lines below it. */
interface Statement {
  readonly line: number;
  readonly indentation: number;
  readonly content: string;
  readonly below: { readonly line: number; readonly content: string }[];
}

/** Parses a file; throws an `ArarError` that names the malformed line but does not quote it, since it may be secret. */
export function parseIni(text: string, file: string): IniSections {
  const sections = new Map<string, Map<string, IniSetting>>();
  let section: Map<string, IniSetting> | undefined;
  /** The lines of the settings below the last heading. A repeated section may change a setting, a repeated setting not. */
  let lines = new Map<string, number>();
  const refuse = (line: number, what: string) => new ArarError(`${file} is malformed: line ${line} ${what}`);
  for (const statement of statements(text)) {
    const { line, content } = statement;
    const garbled = [statement, ...statement.below].find((one) => one.content.includes("\ufffd"));
    if (garbled) throw refuse(garbled.line, "is not UTF-8");
    if (isHeading(statement)) {
      const heading = headingOf(content);
      if (heading === undefined) throw refuse(line, "has no closing ]");
      section = sections.get(heading) ?? new Map();
      sections.set(heading, section);
      lines = new Map();
      continue;
    }
    if (!section) throw refuse(line, "is before the first [section]");
    const pair = splitPair(content, /[=:]/);
    if (!pair) throw refuse(line, 'is neither "name = value" nor a [section]');
    const key = pair.name.toLowerCase();
    const setting = readSetting(pair, statement, refuse);
    const [earlier, at] = [section.get(key), lines.get(key)];
    if (earlier && at !== undefined && textOf(earlier) !== textOf(setting)) {
      throw refuse(line, `sets ${pair.name} again, with another value than line ${at}`);
    }
    lines.set(key, line);
    section.set(key, setting);
  }
  return sections;
}

function statements(text: string): readonly Statement[] {
  const found: Statement[] = [];
  for (const [index, raw] of text.replace(/^\ufeff/, "").split(/\r\n|[\r\n]/).entries()) {
    const [line, content] = [index + 1, raw.trim()];
    if (/^[#;]/.test(content)) continue;
    const indentation = raw.search(/\S/);
    const above = found.at(-1);
    // A blank line is part of the value if the value continues below it. An indented heading does not continue it: else a
    // profile would get the keys that stand below the heading of another.
    if (above && !isHeading(above) && (content === "" || indentation > above.indentation && !HEADING.test(content))) {
      above.below.push({ line, content });
    } else if (content !== "") found.push({ line, indentation, content, below: [] });
  }
  return found;
}

function isHeading({ content }: Statement): boolean {
  return content.startsWith("[");
}

/** A heading with nothing behind it but a comment, which may follow without a space. */
const HEADING = /^\[(.+?)\]\s*(?:[#;].*)?$/;

/** The text between the brackets. botocore ignores any text behind them. */
function headingOf(content: string): string | undefined {
  return (HEADING.exec(content) ?? /^\[(.+)\]/.exec(content))?.[1];
}

/** All of a setting, to compare. */
function textOf({ value, nested }: IniSetting): string {
  return JSON.stringify([value, ...[...nested].map(([key, one]) => [key, one.value])]);
}

interface Pair {
  readonly name: string;
  readonly value: string;
}

function splitPair(content: string, delimiter: RegExp): Pair | undefined {
  const text = withoutComment(content);
  const at = text.search(delimiter);
  const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  // Without their `=`, "role_arn arn:aws:iam::…" and "http://…" would set "role_arn arn" and "http".
  const isWithoutSign = /\s/.test(name) || text[at] === ":" && value.startsWith("//");
  return at > 0 && !isWithoutSign ? { name, value } : undefined;
}

/** Only a command may contain a quoted comment sign: other SDKs read no quotes in other values. */
function withoutComment(content: string): string {
  if (!/^credential_process\s*[=:]/i.test(content)) return content.replace(/\s[#;].*$/, "");
  const part = /\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?|\s[#;].*$|./g;
  return content.replace(part, (found) => /^\s[#;]/.test(found) ? "" : found);
}

/** The lines below a value continue it; those below an empty value are nested settings. */
function readSetting(
  { name, value }: Pair,
  { below }: Statement,
  refuse: (line: number, what: string) => ArarError,
): IniSetting {
  if (value !== "") {
    const lines = [value, ...below.map(({ content }) => content)];
    return { name, value: lines.join("\n").trimEnd(), nested: new Map() };
  }
  const nested = below.filter(({ content }) => content !== "").map(({ line, content }): [string, IniSetting] => {
    const pair = splitPair(content, /=/);
    if (!pair) throw refuse(line, `is nested below "${name} =", but is not "name = value"`);
    return [pair.name.toLowerCase(), { ...pair, nested: new Map() }];
  });
  return { name, value, nested: new Map(nested) };
}
