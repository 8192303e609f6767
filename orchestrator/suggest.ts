/**
 * How many letters were added, left out, mistaken or swapped with their neighbour: the optimal string alignment
 * distance (Damerau, "A technique for computer detection and correction of spelling errors", 1964).
 */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= from.length; row += 1) {
    const next = [row];
    rows.push(next);
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const replaced = at(row - 1, column - 1) + (same ? 0 : 1);
      const moved = swapped && row > 1 && column > 1 ? at(row - 2, column - 2) + 1 : replaced;
      next.push(Math.min(replaced, moved, at(row - 1, column) + 1, at(row, column - 1) + 1));
    }
  }
  return at(from.length, to.length);
}

/** The known name nearest to what was typed; undefined when nothing is near enough to be meant. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const lower = typed.toLowerCase();
  const ranked = known
    .map((name) => ({ name, far: distance(lower, name.toLowerCase()) }))
    .sort((one, other) => one.far - other.far);
  const [best] = ranked;
  if (best === undefined) return undefined;
  const begins = known.find((name) => lower.length >= 3 && name.toLowerCase().startsWith(lower));
  if (best.far <= Math.max(1, Math.floor(Math.max(lower.length, best.name.length) / 3))) return best.name;
  return begins;
}

/** `there is no suite "relibility"; did you mean "reliability"? known: ...` */
export function unknownName(kind: string, typed: string, known: readonly string[]): string {
  const near = nearest(typed, known);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  return `there is no ${kind} "${typed}".${hint} There is: ${known.join(', ')}`;
}
