/**
 * Which known name a mistyped one was most likely meant to be.
 *
 * @module
 */

/** The known name that is closest, if any is close enough to be meant. */
export function closest(typed: string, known: readonly string[]): string | undefined {
  const [prefixed] = typed.length > 1 ? known.filter((name) => name.startsWith(typed)).sort(byLength) : [];
  if (prefixed !== undefined) return prefixed;
  const most = Math.max(2, Math.ceil(typed.length / 3));
  const distances = known
    // Names differ by at least as much as their lengths do; the others need not be compared.
    .filter((name) => Math.abs(name.length - typed.length) <= most)
    .map((name) => ({ name, distance: editDistance(typed, name) }));
  const best = distances.sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= most ? best.name : undefined;
}

function byLength(one: string, other: string): number {
  return one.length - other.length;
}

/** Levenshtein's distance: how many letters must be inserted, deleted or replaced. */
function editDistance(a: string, b: string): number {
  // By index: iterating over every letter would take longer than all else before this message.
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
