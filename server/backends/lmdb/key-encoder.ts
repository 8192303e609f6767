/**
 * Storage keys as raw UTF-8, so that LMDB's byte order is the order of the API. The library's default encoding loses
 * keys of 64 and more characters that hold U+0000 to U+0004: range scans skip them.
 */
export const rawUtf8KeyEncoder = {
  /** Writes `key` at `start`; returns where it ends. */
  writeKey: (key: string, target: Buffer, start: number): number => start + target.write(key, start, 'utf8'),
  readKey: (source: Buffer, start: number, end: number): string => source.toString('utf8', start, end),
};
