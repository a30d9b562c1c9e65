/**
 * Encryption of a record on disk: AES-256-GCM, with a name and a key that only a holder of the secret can derive, and only
 * for the same label: HKDF-SHA-256, RFC 5869.
 */

/** 96 bits, random for each text: NIST SP 800-38D, 8.2.2. It stands before the encrypted text. */
const NONCE_LENGTH = 12;

/** The record for one secret and label. */
export interface SealedRecord {
  /** 64 hexadecimal digits, which reveal nothing about the label. */
  readonly name: string;
  seal(text: string, randomBytes: (count: number) => Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** The text, or `undefined` if the bytes were not made by `seal` for the same secret and label. */
  unseal(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined>;
}

/** `secret` has a high entropy, such as an AWS secret access key. A password is too weak. */
export async function sealedRecord(secret: string, label: string): Promise<SealedRecord> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const material = await crypto.subtle.importKey("raw", encode(secret), "HKDF", false, ["deriveBits"]);
  const info = await crypto.subtle.digest("SHA-256", encode(label));
  const derivation = { name: "HKDF", hash: "SHA-256", salt: encode("arar cache 2"), info };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(derivation, material, 512));
  const key = await crypto.subtle.importKey("raw", bits.subarray(32), "AES-GCM", false, ["encrypt", "decrypt"]);
  return {
    name: bits.subarray(0, 32).toHex(),
    async seal(text, randomBytes) {
      const nonce = randomBytes(NONCE_LENGTH);
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, encode(text));
      return new Uint8Array([...nonce, ...new Uint8Array(sealed)]);
    },
    async unseal(bytes) {
      const iv = bytes.subarray(0, NONCE_LENGTH);
      try {
        const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.subarray(NONCE_LENGTH));
        return new TextDecoder().decode(text);
      } catch {
        // Too short or not authentic; WebCrypto deliberately says no more.
        return undefined;
      }
    },
  };
}
