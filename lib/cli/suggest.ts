/** Finds the known name that a misspelled one was most likely meant to be. */

/** The closest known name, if it is close enough. */
export function closest(typed: string, known: readonly string[]): string | undefined {
  const [prefixed] = typed.length > 1 ? known.filter((name) => name.startsWith(typed)).sort(byLength) : [];
  if (prefixed !== undefined) return prefixed;
  const most = Math.max(2, Math.ceil(typed.length / 3));
  const distances = known
    // The distance is at least the difference in length.
    .filter((name) => Math.abs(name.length - typed.length) <= most)
    .map((name) => ({ name, distance: editDistance(typed, name) }));
  const best = distances.sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= most ? best.name : undefined;
}

function byLength(one: string, other: string): number {
  return one.length - other.length;
}

/** The Levenshtein distance: how many letters have to be inserted, deleted or replaced. */
function editDistance(a: string, b: string): number {
  // By index: iterators would take longer than everything else before this message.
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
