/**
 * Storage keys as raw UTF-8, so that LMDB's byte order is the order of the API. The library's default encoding loses
 * keys of 64 and more characters that hold U+0000 to U+0004: range scans skip them.
 */
/** Up to here a loop over ASCII is quicker than a call into native code. */
const maxLoopedUnits = 64;

export const rawUtf8KeyEncoder = {
  /** Writes `key` at `start`; returns where it ends. */
  writeKey: (key: string, target: Buffer, start: number): number => {
    if (key.length > maxLoopedUnits) return start + target.write(key, start, 'utf8');
    for (let at = 0; at < key.length; at += 1) {
      const unit = key.charCodeAt(at);
      if (unit > 0x7f) return start + target.write(key, start, 'utf8');
      target[start + at] = unit;
    }
    return start + key.length;
  },
  readKey: (source: Buffer, start: number, end: number): string => source.toString('utf8', start, end),
};
