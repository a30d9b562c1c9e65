/**
 * Encryption of the cache on disk: AES-256-GCM, with a key that only a holder of the source's secret key can derive.
 */

/** The first bytes of a sealed text: the program and the version of the format. */
const MAGIC = new TextEncoder().encode("arar sealed 1\n");
const SALT_LENGTH = 32;
/** 96 bits: NIST SP 800-38D, 8.2. A random nonce is safe, since every sealed text has its own key. */
const NONCE_LENGTH = 12;

/** The secret from which keys and names are derived with HKDF-SHA-256, RFC 5869. */
export type SealingSecret = CryptoKey;

/** Imports a high-entropy secret, such as an AWS secret access key. A password is too weak. */
export function sealingSecret(secret: string): Promise<SealingSecret> {
  return crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    "HKDF",
    false,
    ["deriveKey", "deriveBits"],
  );
}

/** A file name for a label, 64 hexadecimal digits, which reveals nothing about the label without the secret. */
export async function sealedName(secret: SealingSecret, label: string): Promise<string> {
  const info = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(`arar name\n${label}`),
  );
  const bits = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    secret,
    256,
  );
  return new Uint8Array(bits).toHex();
}

/** Encrypts a text; only the same secret and label decrypt it. */
export async function seal(
  secret: SealingSecret,
  label: string,
  text: string,
  randomBytes: (count: number) => Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const salt = randomBytes(SALT_LENGTH);
  const nonce = randomBytes(NONCE_LENGTH);
  const key = await deriveKey(secret, salt, "encrypt");
  const sealed = await crypto.subtle.encrypt(
    algorithm(nonce, label),
    key,
    new TextEncoder().encode(text),
  );
  return concat([MAGIC, salt, nonce, new Uint8Array(sealed)]);
}

/** The text, or `undefined` if the bytes were not made by {@linkcode seal} with this secret and label. */
export async function unseal(
  secret: SealingSecret,
  label: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  const magic = bytes.subarray(0, MAGIC.length);
  if (magic.length < MAGIC.length || magic.some((byte, i) => byte !== MAGIC[i])) return undefined;
  const salt = bytes.subarray(MAGIC.length, MAGIC.length + SALT_LENGTH);
  const nonce = bytes.subarray(MAGIC.length + SALT_LENGTH, MAGIC.length + SALT_LENGTH + NONCE_LENGTH);
  const sealed = bytes.subarray(MAGIC.length + SALT_LENGTH + NONCE_LENGTH);
  try {
    const key = await deriveKey(secret, salt, "decrypt");
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm(nonce, label), key, sealed));
  } catch {
    // Too short or not authentic; WebCrypto deliberately says no more.
    return undefined;
  }
}

function deriveKey(
  secret: SealingSecret,
  salt: Uint8Array<ArrayBuffer>,
  use: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const info = new TextEncoder().encode("arar encryption");
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info },
    secret,
    { name: "AES-GCM", length: 256 },
    false,
    [use],
  );
}

function algorithm(nonce: Uint8Array<ArrayBuffer>, label: string): AesGcmParams {
  return {
    name: "AES-GCM",
    iv: nonce,
    additionalData: concat([MAGIC, new TextEncoder().encode(label)]),
  };
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
