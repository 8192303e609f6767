/** Values that say which key they are of, and show when they are cut or mixed. k6 has no Node: plain ECMAScript. */

/** `key|writer|length|` and as many letters as make up the length, decided by what stands before them. */
export function writeValue(key: string, writer: string, length: number): string {
  const head = `${key}|${writer}|${length}|`;
  return head + letters(head, Math.max(0, length - head.length));
}

/** Undefined when the value is whole and of this key, else what is wrong with it. */
export function faultOf(key: string, value: string): string | undefined {
  const [owner, writer, length, filler] = value.split('|');
  if (filler === undefined) return `it is no value of ours: ${value.slice(0, 60)}`;
  if (owner !== key) return `it belongs to ${owner}`;
  if (value === writeValue(key, writer ?? '', Number(length))) return undefined;
  return `it is not what ${writer} wrote: ${value.length} of ${length} characters`;
}

/** A linear congruential generator (Numerical Recipes' constants) begun by an FNV-1a hash of the seed. */
function letters(seed: string, length: number): string {
  let state = hashOf(seed);
  let text = '';
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += String.fromCharCode(97 + ((state >>> 16) % 26));
  }
  return text;
}

/** 32 bits of FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
