/**
 * The arguments of `execvp` as the C library wants them: pointers to words that end in NUL.
 *
 * @module
 */

/** All in one buffer of its own: small typed arrays may live on the heap of V8, which moves them. */
export function argumentVector(
  words: readonly Uint8Array[],
): { readonly file: Deno.PointerValue; readonly argv: Deno.PointerValue } {
  const pointers = 8 * (words.length + 1);
  const buffer = new ArrayBuffer(words.reduce((size, word) => size + word.length + 1, pointers));
  const bytes = new Uint8Array(buffer);
  const base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
  let offset = pointers;
  words.forEach((word, index) => {
    new DataView(buffer).setBigUint64(8 * index, base + BigInt(offset), true);
    bytes.set(word, offset);
    offset += word.length + 1;
  });
  return {
    file: Deno.UnsafePointer.create(base + BigInt(pointers)),
    argv: Deno.UnsafePointer.create(base),
  };
}
