/** Origins by the text that users see. */
import { Origin } from "../lib/sourced.ts";

/** `--option`, `VARIABLE`, or `setting in [section] of FILE`. */
export function origin(text: string): Origin {
  const [name = "", section] = text.split(" in ");
  if (section !== undefined) return new Origin("profile", name, section);
  return new Origin(name.startsWith("--") ? "command-line" : "exported", name);
}
