import { describe, expect, test } from 'vitest';
import { CommanderError } from '../errors.ts';
import { parseFilter } from './filter.ts';

const json = 'application/json';

function matches(filter: unknown, value: unknown): boolean {
  const text = typeof value === 'string' && value.startsWith('raw:') ? value.slice(4) : JSON.stringify(value);
  return parseFilter(JSON.stringify(filter)).matches(Buffer.from(text), json);
}

/** The same member against each operator. */
const truths: readonly (readonly [filter: object, value: unknown, holds: boolean])[] = [
  [{ a: { eq: 1 } }, { a: 1 }, true],
  [{ a: { eq: 1 } }, { a: 1.0 }, true],
  [{ a: { eq: 1 } }, { a: 2 }, false],
  [{ a: { eq: 1 } }, { a: '1' }, false],
  [{ a: { eq: 1 } }, { a: true }, false],
  [{ a: { eq: 0 } }, 'raw:{"a":-0}', true],
  [{ a: { eq: '' } }, { a: '' }, true],
  [{ a: { eq: '' } }, { a: null }, false],
  [{ a: { eq: null } }, { a: null }, true],
  [{ a: { eq: null } }, {}, false],
  [{ a: { eq: true } }, { a: true }, true],
  [{ a: { eq: false } }, { a: true }, false],
  [{ a: { eq: false } }, { a: 0 }, false],
  [{ a: { eq: 'x' } }, { a: ['x'] }, false],
  [{ a: { ne: 1 } }, { a: 1 }, false],
  [{ a: { ne: 1 } }, { a: 2 }, true],
  [{ a: { ne: 1 } }, { a: '1' }, true],
  [{ a: { ne: 1 } }, {}, true],
  [{ a: { ne: null } }, { a: null }, false],
  [{ a: { ne: null } }, {}, true],
  [{ a: { ne: 1 } }, [], true],
  [{ a: { ne: 1 } }, 'raw:null', true],
  [{ a: { lt: 2 } }, { a: 1 }, true],
  [{ a: { lt: 2 } }, { a: 2 }, false],
  [{ a: { lt: 2 } }, { a: '1' }, false],
  [{ a: { lt: 2 } }, { a: null }, false],
  [{ a: { lt: 2 } }, { a: false }, false],
  [{ a: { lt: 2 } }, {}, false],
  [{ a: { lte: 2 } }, { a: 2 }, true],
  [{ a: { lte: 2 } }, { a: 2.5 }, false],
  [{ a: { gt: 2 } }, { a: 3 }, true],
  [{ a: { gt: 2 } }, { a: 2 }, false],
  [{ a: { gt: 2 } }, {}, false],
  [{ a: { gte: 2 } }, { a: 2 }, true],
  [{ a: { gte: -2 } }, { a: -3 }, false],
  [{ a: { gt: 1e308 } }, 'raw:{"a":1e999}', true],
  [{ a: { eq: 9007199254740992 } }, 'raw:{"a":9007199254740993}', true],
  [{ a: { lt: 'b' } }, { a: 'a' }, true],
  [{ a: { lt: 'b' } }, { a: 'b' }, false],
  [{ a: { lt: 'b' } }, { a: 1 }, false],
  [{ a: { gt: 'a' } }, { a: 'ab' }, true],
  [{ a: { gt: 'Z' } }, { a: 'a' }, true],
  [{ a: { gt: 'z' } }, { a: '\u00e9' }, true],
  [{ a: { gt: '\uffff' } }, { a: '\u{1F600}' }, true],
  [{ a: { lt: '\u{1F600}' } }, { a: '\uffff' }, true],
  [{ a: { lt: '\u{1F601}' } }, { a: '\u{1F600}' }, true],
  [{ a: { exists: true } }, { a: null }, true],
  [{ a: { exists: true } }, { a: {} }, true],
  [{ a: { exists: true } }, {}, false],
  [{ a: { exists: false } }, {}, true],
  [{ a: { exists: false } }, { a: false }, false],
  [{ a: { exists: false } }, 'raw:5', true],
  [{ a: { prefix: 'ab' } }, { a: 'abc' }, true],
  [{ a: { prefix: 'ab' } }, { a: 'a' }, false],
  [{ a: { prefix: 'a.c' } }, { a: 'abc' }, false],
  [{ a: { prefix: '' } }, { a: '' }, true],
  [{ a: { prefix: '' } }, { a: 1 }, false],
  [{ a: { prefix: '1' } }, { a: 12 }, false],
  [{ 'a.b.c': { eq: 1 } }, { a: { b: { c: 1 } } }, true],
  [{ 'a.b.c': { eq: 1 } }, { a: { b: 1 } }, false],
  [{ 'a.b': { eq: 1 } }, { 'a.b': 1 }, false],
  [{ 'a.0': { eq: 'x' } }, { a: ['x', 'y'] }, true],
  [{ 'a.1.b': { eq: 'x' } }, { a: [0, { b: 'x' }] }, true],
  [{ 'a.2': { exists: true } }, { a: [0, 1] }, false],
  [{ 'a.01': { exists: true } }, { a: [0, 1] }, false],
  [{ 'a.-1': { exists: true } }, { a: [0, 1] }, false],
  [{ 'a.length': { exists: true } }, { a: [0, 1] }, false],
  [{ 'a.0': { eq: 'x' } }, { a: { 0: 'x' } }, true],
  [{ 'a.0': { exists: true } }, { a: 'text' }, false],
  [{ 0: { eq: 'x' } }, ['x'], true],
  [{ a: { exists: true } }, 'raw:"a"', false],
  [{ toString: { exists: true } }, {}, false],
  [{ constructor: { exists: true } }, {}, false],
  [{ 'constructor.name': { eq: 'Object' } }, {}, false],
  [{ a: { gte: 1, lt: 3 } }, { a: 2 }, true],
  [{ a: { gte: 1, lt: 3 } }, { a: 3 }, false],
  [{ a: { eq: 1 }, b: { eq: 2 } }, { a: 1, b: 2 }, true],
  [{ a: { eq: 1 }, b: { eq: 2 } }, { a: 1, b: 3 }, false],
];

describe('what a filter lets pass', () => {
  test.each(truths)('%j over %j: %s', (filter, value, holds) => {
    expect(matches(filter, value)).toBe(holds);
  });

  test('__proto__ is a member name as any other', () => {
    const filter = parseFilter('{"__proto__":{"eq":1}}');
    expect(filter.matches(Buffer.from('{"__proto__":1}'), json)).toBe(true);
    expect(filter.matches(Buffer.from('{}'), json)).toBe(false);
    const nested = parseFilter('{"__proto__.polluted":{"exists":true}}');
    expect(nested.matches(Buffer.from('{"__proto__":{"polluted":1}}'), json)).toBe(true);
    expect(nested.matches(Buffer.from('{"a":1}'), json)).toBe(false);
    expect(parseFilter('{"a":{"ne":1}}').matches(Buffer.from('{"__proto__":{"a":1}}'), json)).toBe(true);
  });

  test('strings have the order of their UTF-8 bytes, for random pairs of code points', () => {
    const edges = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff];
    const texts = edges.flatMap((one) => edges.map((other) => String.fromCodePoint(one, other)));
    for (const a of texts) {
      for (const b of texts) {
        const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(matches({ v: { lt: b } }, { v: a }), JSON.stringify([a, b])).toBe(order < 0);
        expect(matches({ v: { gte: b } }, { v: a }), JSON.stringify([a, b])).toBe(order >= 0);
      }
    }
  });
});

describe('what is not JSON passes no filter', () => {
  const everything = parseFilter('{"no":{"exists":false}}');
  test.each([
    [json, '{}', true],
    ['application/json; charset=utf-8', '{}', true],
    ['Application/JSON', '{}', true],
    ['text/plain', '{}', false],
    ['application/jsonp', '{}', false],
    ['application/problem+json', '{}', false],
    [json, '', false],
    [json, '{', false],
    [json, '\ufeff{}', false],
  ] as const)('%s with %j: %s', (contentType, value, passes) => {
    expect(everything.matches(Buffer.from(value), contentType)).toBe(passes);
  });
  test('bytes that are not UTF-8', () => {
    expect(everything.matches(Buffer.from([0x22, 0xff, 0x22]), json)).toBe(false);
  });
});

describe('what is refused, and the place it names', () => {
  const deep = (parts: number): string => JSON.stringify({ [Array(parts).fill('a').join('.')]: { eq: 1 } });
  const many = (terms: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: terms }, (_, index) => [`a${index}`, { eq: 1 }])));
  const long = (bytes: number): string => `{"a":{"eq":"${'x'.repeat(bytes - 15)}"}}`.padEnd(bytes);

  test.each([
    ['', 'not valid JSON'],
    ['{', 'not valid JSON'],
    ["{'a':1}", 'not valid JSON'],
    ['null', 'The filter is an object'],
    ['[]', 'The filter is an object'],
    ['[{"a":{"eq":1}}]', 'The filter is an object'],
    ['"a"', 'The filter is an object'],
    ['{}', 'at least one'],
    ['{"a":1}', '"a"'],
    ['{"a":null}', '"a"'],
    ['{"a":[]}', '"a"'],
    ['{"a":{}}', '"a"'],
    ['{"a":{"eq":1},"b":{"like":1}}', '"b" has no operator "like"'],
    ['{"a":{"__proto__":1}}', 'no operator "__proto__"'],
    ['{"a":{"toString":1}}', 'no operator "toString"'],
    ['{"a":{"EQ":1}}', 'no operator "EQ"'],
    ['{"a":{"$eq":1}}', 'no operator "$eq"'],
    ['{"a":{"eq":[]}}', 'eq at "a" takes'],
    ['{"a":{"ne":{}}}', 'ne at "a" takes'],
    ['{"a":{"lt":null}}', 'lt at "a" takes'],
    ['{"a":{"lte":true}}', 'lte at "a" takes'],
    ['{"a":{"gt":[1]}}', 'gt at "a" takes'],
    ['{"a":{"gte":{}}}', 'gte at "a" takes'],
    ['{"a":{"exists":1}}', 'exists at "a" takes'],
    ['{"a":{"exists":null}}', 'exists at "a" takes'],
    ['{"a":{"prefix":1}}', 'prefix at "a" takes'],
    ['{"a":{"lt":1e999}}', 'lt at "a" has a number beyond'],
    ['{"a":{"eq":-1e999}}', 'eq at "a" has a number beyond'],
    ['{"a":{"eq":"\\ud800"}}', 'eq at "a" holds a lone surrogate'],
    ['{"\\udc00":{"eq":1}}', 'lone surrogate'],
    ['{"":{"eq":1}}', 'empty part'],
    ['{".a":{"eq":1}}', 'empty part'],
    ['{"a..b":{"eq":1}}', 'empty part'],
    ['{"a.":{"eq":1}}', 'empty part'],
    ['{"a":{"eq":1},"a":{"eq":2}}', '"a" twice'],
    ['{"a":{"eq":1,"eq":2}}', '"eq" twice'],
    ['{"a":{"eq":1},"\\u0061":{"eq":2}}', '"a" twice'],
    [deep(17), 'more than 16 parts'],
    [many(33), 'at most 32 terms'],
    [long(4_097), 'at most 4096 bytes'],
  ])('%.60s', (text, place) => {
    let refusal: unknown;
    try {
      parseFilter(text);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(CommanderError);
    expect(refusal).toMatchObject({ code: 'invalid_filter', message: expect.stringContaining(place) });
  });

  test.each([
    ['16 parts', deep(16)],
    ['32 terms', many(32)],
    ['4096 bytes', long(4_096)],
    ['the same name in two objects', '{"a":{"eq":"a"},"b":{"eq":"a:{\\"a\\":1,\\"a\\""}}'],
  ])('%s are taken', (_what, text) => {
    expect(parseFilter(text).canonical).toBe(JSON.stringify(JSON.parse(text)));
  });
});
