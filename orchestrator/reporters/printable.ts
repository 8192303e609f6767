const kept = new Set(['\n', '\t', '\u200c', '\u200d']);
const disturbing = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/gu;

/**
 * Text that cannot disturb whatever shows it, be it a terminal, XML or a page: control and format characters (bidi
 * overrides, zero-width ones), lone surrogates and non-characters become `\x1b` or `\u{202e}`. Line feeds, tabs and
 * the joiners of emoji stay.
 */
export function printable(text: string): string {
  return text.replace(disturbing, (character) => {
    if (kept.has(character)) return character;
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
  });
}

/** The same on one line: each line break becomes a blank. */
export function printableLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, ' ').trim());
}

/** The first `maxLength` characters; what was left out is said. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength).toWellFormed()} … (${text.length - maxLength} characters left out)`;
}
