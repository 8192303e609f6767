/**
 * A seeded, splittable source of numbers: mulberry32 (Tommy Ettinger, public domain) behind a string hash
 * (xmur3 family), so that each stream of a case (keys, sizes, operations) is independent and repeatable.
 */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  below(bound: number): number;
  pick<T>(items: readonly T[]): T;
  bytes(length: number): Buffer;
  /** An independent stream; the same name gives the same stream. */
  split(name: string): Random;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('pick from an empty list');
      return item;
    },
    bytes(length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let i = 0; i < length; i += 1) bytes[i] = below(256);
      return bytes;
    },
    split: (name) => createRandom(seedOf(seed, name)),
  };
}

/** A 32-bit seed from a seed and a name. */
export function seedOf(seed: number, name: string): number {
  let hash = (seed ^ 0x9e3779b9) >>> 0;
  for (const byte of Buffer.from(name)) {
    hash = Math.imul(hash ^ byte, 0xcc9e2d51);
    hash = (hash << 13) | (hash >>> 19);
  }
  return hash >>> 0;
}
