/** Finds what is wrong with a text that was pasted, exported or typed: the most common flaws of keys and ARNs. */

/** What is wrong, such as `ends with a line break`, to follow the name of the text; `undefined` if nothing is. */
export function flawOf(text: string): string | undefined {
  // Not by a pattern: that would look for the end again from each of many line breaks in the middle.
  const end = text.slice(text.trimEnd().length);
  if (end !== text && /[\r\n]/.test(end)) return "ends with a line break";
  return FLAWS.find(([pattern]) => pattern.test(text))?.[1];
}

const FLAWS: readonly (readonly [RegExp, string])[] = [
  [/^$/, "is empty"],
  [/^\s+$/, "is blank"],
  [/\s$/, "ends with a space"],
  [/^\s*[\r\n]/, "begins with a line break"],
  [/^\s/, "begins with a space"],
  [/^(["'`]).*\1$/s, "is quoted"],
  [/^["'`]/, "begins with a quotation mark"],
  [/["'`]$/, "ends with a quotation mark"],
  [/[\r\n]/, "contains a line break"],
  [/\s/, "contains a space"],
  // deno-lint-ignore no-control-regex -- it is meant to match control characters
  [/[\u0000-\u001f\u007f]/, "contains a control character"],
  [/[^\u0020-\u007e]/, "contains a character that is not ASCII"],
];
