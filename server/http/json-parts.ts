const quote = 0x22;
const backslash = 0x5c;
/** Each begins an element, a member or a container: `,`, `[` and `{`. */
const begins = new Set([0x2c, 0x5b, 0x7b]);

/**
 * Whether a JSON text has more than `most` elements, members and containers together. Parsed, each of them takes some
 * fifty bytes of the heap, however short it is: 16 MB of `[` end a process with 500 MB.
 */
export function hasMoreParts(json: Buffer, most: number): boolean {
  if (json.length <= most) return false;
  let parts = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === quote) at = endOfString(json, at + 1);
    else if (begins.has(byte)) parts += 1;
    if (parts > most) return true;
  }
  return false;
}

/** The place of the quote that ends a string, which begins at `from`; the end of the text where there is none. */
function endOfString(json: Buffer, from: number): number {
  for (let at = from; ; at += 1) {
    at = json.indexOf(quote, at);
    if (at < 0) return json.length;
    let escapes = 0;
    while (json[at - 1 - escapes] === backslash) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
}
