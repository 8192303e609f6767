import { expect, test } from 'vitest';
import { printable, printableLine } from './printable.ts';

test('control, bidi and lone surrogate characters become visible, text and emoji stay', () => {
  expect(printable('a\u0000b\u001b[31mc\u202ed\ud800e\r')).toBe('a\\x00b\\x1b[31mc\\u{202e}d\\u{d800}e\\x0d');
  expect(printable('👩‍🚀 naïve 日本\tx\ny')).toBe('👩‍🚀 naïve 日本\tx\ny');
});

test('a line stays one line and keeps its blanks', () => {
  expect(printableLine(" curl -d 'a  b'\n  next ")).toBe("curl -d 'a  b' next");
});
