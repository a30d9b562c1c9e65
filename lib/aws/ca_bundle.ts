/**
 * Certificate authorities that are trusted besides the built-in ones.
 * It must not know who is asked with them.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import type { System } from "../system.ts";

/** Reads the PEM file that was named; throws an `ArarError` where it is none. */
export async function readCaBundle(
  system: Pick<System, "readTextFile">,
  path: Sourced<string> | undefined,
): Promise<readonly string[]> {
  if (!path) return [];
  const named = `${path.from} is ${quote(path.value)}`;
  let pem: string | undefined;
  try {
    pem = await system.readTextFile(path.value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : "error";
    throw new ArarError(`${named}, which cannot be read (${reason})`, { cause });
  }
  if (pem === undefined) throw new ArarError(`${named}, and there is no such file`);
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return [pem];
  throw new ArarError(`${named}, which holds no certificate in PEM format`);
}
