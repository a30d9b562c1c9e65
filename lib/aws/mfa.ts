/**
 * The code of an MFA device: given, read from stdin, or asked for on the terminal.
 * It must not know what the code is for.
 *
 * @module
 */

import type { Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import type { System } from "../system.ts";
import type { TokenCode } from "./role_request.ts";

const TRIES = 3;
const SIX_DIGITS = /^\d{6}$/;

/** The code as given; throws an `ArarError` that does not show it. */
export function checkTokenCode(given: Sourced<string>): string {
  if (SIX_DIGITS.test(given.value)) return given.value;
  throw new ArarError(`${given.from} is not an MFA code; it takes the six digits that the device shows`);
}

/** The serial number as given, within STS's limits. */
export function checkSerialNumber(given: Sourced<string>): string {
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
  if (/^[\w+=/:,.@-]{9,256}$/.test(given.value)) return given.value;
  throw new ArarError(
    `${given.from} is ${
      quote(given.value)
    }; it takes an MFA device, arn:aws:iam::123456789012:mfa/NAME or a serial number`,
  );
}

/** Gets the code. Not six digits: asked again, three times in all; nobody to ask: an `ArarError` with a hint. */
export async function tokenCode(
  system: Pick<System, "ask" | "readStdinLine" | "writeStderr">,
  serialNumber: string,
  code: TokenCode,
): Promise<string> {
  switch (code.kind) {
    case "given":
      return code.code;
    case "stdin":
      return checkTokenCode({
        value: system.readStdinLine()?.trim() ?? "",
        from: "the line on stdin",
      });
    case "ask":
      return await askForCode(system, serialNumber);
    default: {
      const never: never = code;
      return never;
    }
  }
}

async function askForCode(system: Pick<System, "ask" | "writeStderr">, serialNumber: string): Promise<string> {
  for (let tried = 1; tried <= TRIES; tried++) {
    const answer = await system.ask(`MFA code for ${serialNumber}: `);
    if (answer.kind === "no-terminal") {
      throw new ArarError(
        `an MFA code for ${quote(serialNumber)} is needed, and there is no terminal to ask on`,
        {
          hints: [
            "give it with --token-code CODE, with ARAR_TOKEN_CODE, or on stdin with --token-code -",
          ],
        },
      );
    }
    if (answer.kind === "end") {
      throw new ArarError(`no MFA code for ${quote(serialNumber)} was entered`);
    }
    const code = answer.line.trim();
    if (SIX_DIGITS.test(code)) return code;
    if (tried < TRIES) {
      system.writeStderr("arar: an MFA code has six digits; try again\n");
    }
  }
  throw new ArarError(`no MFA code for ${quote(serialNumber)} was entered: ${TRIES} tries were not six digits`);
}
