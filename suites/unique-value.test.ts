import { expect, test } from 'vitest';
import { decodeValue, encodeValue } from './unique-value.ts';

const id = { process: 12, sequence: 345 };

test.for([1, 30, 31, 32, 99, 100, 101, 999, 1_000, 9_999, 70_000])(
  'a value of about %i bytes names its write',
  (length) => {
    const value = encodeValue(id, length);
    expect(decodeValue(value)).toEqual(id);
    expect(value.length).toBeGreaterThanOrEqual(length);
    expect(value.length).toBeLessThan(length + 32);
  },
);

test('a value that is cut, mixed, changed or foreign is torn', () => {
  const value = encodeValue(id, 500);
  const other = encodeValue({ process: 12, sequence: 346 }, 500);
  const changed = Buffer.from(value);
  changed[499] = (changed[499] ?? 0) ^ 1;
  const torn = [
    value.subarray(0, 499),
    Buffer.concat([value, Buffer.from('x')]),
    Buffer.concat([value.subarray(0, 250), other.subarray(250)]),
    Buffer.concat([other.subarray(0, 8), value.subarray(8)]),
    changed,
    Buffer.alloc(0),
    Buffer.from('hello'),
  ];
  for (const bytes of torn) expect(decodeValue(bytes)).toHaveProperty('torn');
});
