/**
 * Parses the format of the shared config and credentials files.
 *
 * The rules are botocore's, which reads the files with Python's configparser, and those that the other SDKs share:
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 * https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
 *
 * Where they differ, the more lenient one applies. botocore supports no comment after a value, no repeated sections or
 * settings (here the last one wins) and no byte order mark; the SDKs support no `:` for `=`, no text after a heading
 * and no section in which all settings are indented.
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
      continue;
    }
    if (!section) throw refuse(line, "is before the first [section]");
    const pair = splitPair(content, /[=:]/);
    if (!pair) throw refuse(line, 'is neither "name = value" nor a [section]');
    section.set(pair.name.toLowerCase(), readSetting(pair, statement, refuse));
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
    // A blank line is part of the value if the value continues below it.
    if (above && !isHeading(above) && (content === "" || indentation > above.indentation)) {
      above.below.push({ line, content });
    } else if (content !== "") found.push({ line, indentation, content, below: [] });
  }
  return found;
}

function isHeading({ content }: Statement): boolean {
  return content.startsWith("[");
}

/** The text between the brackets. A comment may follow without a space, and botocore ignores any other text too. */
function headingOf(content: string): string | undefined {
  return (/^\[(.+?)\]\s*(?:[#;].*)?$/.exec(content) ?? /^\[(.+)\]/.exec(content))?.[1];
}

interface Pair {
  readonly name: string;
  readonly value: string;
}

function splitPair(content: string, delimiter: RegExp): Pair | undefined {
  const text = content.replace(/\s[#;].*$/, "");
  const at = text.search(delimiter);
  return at > 0 ? { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() } : undefined;
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
