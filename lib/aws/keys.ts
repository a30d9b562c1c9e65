/**
 * Keys as they are given, in variables, files or a program's output: checked before they sign, and never shown.
 *
 * @module
 */

import { ArarError } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import type { Credentials } from "./credentials.ts";
import { flawOf } from "./flaws.ts";

/** Keys with the place that each has. */
export interface GivenKeys {
  readonly id: Sourced<string>;
  readonly secret: Sourced<string>;
  readonly token?: Sourced<string> | undefined;
}

/** Access key ids as AWS issues them: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const KEY_ID = /^A(?:KI|SI)A[A-Z0-9]{12,124}$/;

/** Secret access keys as AWS issues them, one with nothing but capitals and digits being as good as impossible. */
const SECRET = /^(?=.*[a-z])[A-Za-z0-9/+]{40}$/;

/** Checks them; throws an `ArarError` that names the place of what is wrong, and shows nothing of a key. */
export function checkKeys({ id, secret, token }: GivenKeys): Credentials {
  for (const given of [id, secret, ...token ? [token] : []]) {
    const flaw = flawOf(given.value);
    if (flaw) throw new ArarError(`${given.from} ${flaw}`);
  }
  if (KEY_ID.test(secret.value)) {
    const swapped = KEY_ID.test(id.value) ? "" : `; is it swapped with ${id.from}?`;
    throw new ArarError(`${secret.from} holds an access key id, not a secret${swapped}`);
  }
  if (SECRET.test(id.value)) throw new ArarError(`${id.from} holds a secret access key, not an access key id`);
  return {
    accessKeyId: id.value,
    secretAccessKey: secret.value,
    ...(token && { sessionToken: token.value }),
  };
}
