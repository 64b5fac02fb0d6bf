// "Did you mean": the option that a mistyped word is nearest to.

const MAX_DISTANCE = 2;
/** Of words that somebody may have meant; distances fit a byte. */
const MAX_LENGTH = 64;

/** Undefined where none is near: more than two letters differ, or half of the word. Upper and lower case are the same. */
export function nearest(word: string, options: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const typed = word.toLowerCase();
  const costs = new Uint8Array((typed.length + 1) * (typed.length + MAX_DISTANCE + 1));
  let best: string | undefined;
  let bestDistance = MAX_DISTANCE + 1;
  for (const option of options) {
    if (Math.abs(option.length - typed.length) > MAX_DISTANCE) continue;
    const distance = editDistance(typed, option.toLowerCase(), costs);
    if (distance < bestDistance && distance * 2 <= Math.max(typed.length, option.length)) {
      best = option;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Letters to insert, remove, replace or swap with their neighbour; any number above the limit where they are more.
 * `costs` is room for the table: a row for each letter of `a`, and one before.
 */
function editDistance(a: string, b: string, costs: Uint8Array): number {
  const width = b.length + 1;
  for (let column = 0; column < width; column++) costs[column] = column;
  for (let row = 1; row <= a.length; row++) {
    const letter = a.charCodeAt(row - 1);
    let least = row;
    costs[row * width] = row;
    for (let column = 1; column < width; column++) {
      const at = row * width + column;
      const other = b.charCodeAt(column - 1);
      let cost = costs[at - width - 1]! + (letter === other ? 0 : 1);
      cost = Math.min(cost, costs[at - width]! + 1, costs[at - 1]! + 1);
      const isSwap = letter === b.charCodeAt(column - 2) && a.charCodeAt(row - 2) === other;
      if (isSwap && row > 1 && column > 1) cost = Math.min(cost, costs[at - 2 * width - 2]! + 1);
      costs[at] = cost;
      if (cost < least) least = cost;
    }
    if (least > MAX_DISTANCE) return least;
  }
  return costs[a.length * width + b.length]!;
}
