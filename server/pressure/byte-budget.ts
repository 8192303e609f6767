/** Bytes that may be held at once for one purpose. */

export interface ByteBudget {
  readonly maxBytes: number;
  /** What is held now. */
  held(): number;
  /** False when it does not fit; then nothing is taken. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

/** Up to here a piece is small: it may use the last eighth of the budget, so that large ones do not lock small ones out. */
const smallBytes = 65_536;

/** What is larger than the whole budget is let in while nothing else is: refused, it would be refused for ever. */
export function createByteBudget(maxBytes: number): ByteBudget {
  let held = 0;
  const largeBytes = maxBytes - maxBytes / 8;
  return {
    maxBytes,
    held: () => held,
    take(bytes) {
      if (held > 0 && held + bytes > (bytes > smallBytes ? largeBytes : maxBytes)) return false;
      held += bytes;
      return true;
    },
    giveBack(bytes) {
      held -= bytes;
    },
  };
}
