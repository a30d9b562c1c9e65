/** Gets the code of an MFA device: from the options, from stdin, or by a prompt on the terminal. */

import { Origin, type Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import type { System } from "../system.ts";
import type { TokenCode } from "./role_request.ts";

const TRIES = 3;

/** The six digits of a code, which some apps display as `805 724`; `undefined` for anything else. */
function digitsOf(code: string): string | undefined {
  return /^\d{3} ?\d{3}$/.test(code) ? code.replace(" ", "") : undefined;
}

/** The six digits of a code; throws an `ArarError` that does not show what was given. */
export function checkTokenCode(given: Sourced<string>): string {
  const digits = digitsOf(given.value);
  if (digits !== undefined) return digits;
  throw new ArarError(`${given.from} is not an MFA code; expected the six digits that the device shows`);
}

/** Gets the code. The prompt accepts only six digits, and is shown at most three times. */
export async function tokenCode(
  system: Pick<System, "ask" | "readStdinLine">,
  serialNumber: string,
  code: TokenCode,
): Promise<string> {
  switch (code.kind) {
    case "given":
      return code.code;
    case "stdin":
      return checkTokenCode({
        value: system.readStdinLine()?.trim() ?? "",
        from: new Origin("command-line", "the line on stdin"),
      });
    case "ask":
      return await askForCode(system, serialNumber);
    default:
      return code satisfies never;
  }
}

async function askForCode(system: Pick<System, "ask">, serialNumber: string): Promise<string> {
  const question = `MFA code for ${serialNumber}: `;
  for (let tried = 0; tried < TRIES; tried++) {
    // Everything goes to the terminal, where the answer is typed: stderr may be a file.
    const answer = await system.ask(
      tried === 0 ? question : `arar: an MFA code has six digits; try again\n${question}`,
    );
    if (answer.kind === "no-terminal") {
      throw new ArarError(`an MFA code for ${quote(serialNumber)} is needed, but there is no terminal to ask on`, {
        hints: ["pass it with --token-code CODE, with ARAR_TOKEN_CODE, or on stdin with --token-code -"],
      });
    }
    if (answer.kind === "end") throw new ArarError(`no MFA code for ${quote(serialNumber)} was entered`);
    const digits = digitsOf(answer.line.trim());
    if (digits !== undefined) return digits;
  }
  throw new ArarError(`no MFA code for ${quote(serialNumber)} was entered: ${TRIES} tries were not six digits`);
}
