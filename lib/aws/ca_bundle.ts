/** Reads the certificate authorities to trust in addition to the built-in ones: `AWS_CA_BUNDLE`. */

import { ArarError, quote, reasonOf } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import type { System } from "../system.ts";

/** The certificates of the PEM file without its other contents; throws an `ArarError` if there is none or one is invalid. */
export async function readCaBundle(
  system: Pick<System, "canTrust" | "readTextFile">,
  path: Sourced<string> | undefined,
): Promise<readonly string[]> {
  if (!path) return [];
  const named = `${path.from} is ${quote(path.value)}`;
  const pem = await readPem(system, path.value, named);
  const certificates = pem.match(/(?<=^\ufeff?)-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----)?/gm) ?? [];
  if (certificates.length === 0) throw new ArarError(`${named}, which contains no certificate in PEM format`);
  const bundle = [certificates.join("\n")];
  if (system.canTrust(bundle)) return bundle;
  const invalid = certificates.findIndex((certificate) => !system.canTrust([certificate])) + 1;
  throw new ArarError(`${named}, in which certificate ${invalid} of ${certificates.length} is invalid`);
}

async function readPem(system: Pick<System, "readTextFile">, path: string, named: string): Promise<string> {
  let pem: string | undefined;
  try {
    pem = await system.readTextFile(path);
  } catch (cause) {
    throw new ArarError(`${named}, which cannot be read (${reasonOf(cause)})`, { cause });
  }
  if (pem === undefined) throw new ArarError(`${named}, which does not exist`);
  return pem;
}
