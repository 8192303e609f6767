import { expect, test } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import { parseCredentials } from './credentials.ts';
import { parseSecretHash } from './secret-hash.ts';

const salt = 'N9keG_wlpYAFSTB-7DrYjQ';
const derived = '7qdelrE7QE2TWFpbd0Zxgf4Jx6C1tyEwDl58sp2_odE';
const hash = `scrypt$16384$8$1$${salt}$${derived}`;

function refusal(text: string): string {
  try {
    parseCredentials(text, 'F');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'no refusal';
}

test('YAML and JSON say the same', () => {
  const yaml = `credentials:\n  - name: a\n    role: read\n    namespaces: [x, y]\n    token: ${hash}\n`;
  const json = JSON.stringify({ credentials: [{ name: 'a', role: 'read', namespaces: ['x', 'y'], token: hash }] });
  expect(parseCredentials(yaml, 'F')).toEqual(parseCredentials(json, 'F'));
  expect(parseCredentials(yaml, 'F')).toMatchObject([
    { kind: 'token', principal: { name: 'a', role: 'read', namespaces: ['x', 'y'] } },
  ]);
});

const good = { name: 'a', role: 'read', token: hash };
const hidden = 'Xq7Zr9WvSecret';

/** What an entry holds, and what the refusal says of it. */
const badEntries: readonly (readonly [unknown, RegExp])[] = [
  [hidden, /^F: entry 1: it has the fields name, role/],
  [{ ...good, [hidden]: 1 }, /^F: entry 1: its field 4 is none of/],
  [{ ...good, name: undefined }, /entry 1, field name/],
  [{ ...good, name: `${hidden}.x` }, /entry 1, field name/],
  [{ ...good, name: `${hidden}:x` }, /entry 1, field name/],
  [{ ...good, name: 5 }, /entry 1, field name/],
  [{ ...good, role: undefined }, /entry 1 \(a\), field role: one of read, write, admin/],
  [{ ...good, role: hidden }, /entry 1 \(a\), field role/],
  [{ ...good, namespaces: [] }, /entry 1 \(a\), field namespaces/],
  [{ ...good, namespaces: hidden }, /entry 1 \(a\), field namespaces/],
  [{ ...good, namespaces: null }, /entry 1 \(a\), field namespaces/],
  [{ ...good, namespaces: ['x', '*'] }, /entry 1 \(a\), field namespaces/],
  [{ ...good, password: hash }, /entry 1 \(a\): exactly one of the fields password and token/],
  [{ name: 'a', role: 'read' }, /entry 1 \(a\): exactly one/],
  [{ ...good, token: hidden }, /entry 1 \(a\), field token: a hash as/],
  [{ ...good, token: null }, /entry 1 \(a\), field token/],
  [{ name: 'a', role: 'read', password: hidden }, /entry 1 \(a\), field password: a hash as/],
];

test.each(badEntries)('the entry %j is refused by place and field, and not quoted', (entry, line) => {
  const message = refusal(JSON.stringify({ credentials: [entry] }));
  expect(message).toMatch(line);
  expect(message).not.toContain(hidden);
});

test.each([
  ['', /holds one list/],
  ['credentials: []', /holds one list/],
  ['credentials: {}', /holds one list/],
  [`[${hidden}]`, /holds one list/],
  [`credentials: [${JSON.stringify(good)}]\nother: ${hidden}`, /holds one list/],
  [`credentials: [${JSON.stringify(good)}, ${JSON.stringify(good)}]`, /entry 2, field name: a stands there twice/],
  [`credentials:\n  - name: "${hidden}\n`, /no YAML or JSON, see line \d/],
  [`{"credentials": [${hidden}`, /no YAML or JSON/],
])('the file %j is refused', (text, line) => {
  expect(refusal(text)).toMatch(line);
  expect(refusal(text)).not.toContain(hidden);
});

test.each([
  hash.replace('scrypt', 'bcrypt'),
  hash.replace('16384', '8192'),
  hash.replace('16384', '20000'),
  hash.replace('16384', '1048576'),
  hash.replace('$8$1$', '$0$1$'),
  hash.replace('$8$1$', '$999$1$'),
  hash.replace('$8$1$', '$8$0$'),
  hash.replace('$8$1$', '$8$17$'),
  hash.replace(salt, 'short'),
  hash.replace(derived, 'short'),
  hash.replace(derived, `${derived}=`),
  `${hash}$`,
  ` ${hash}`,
  '$2b$10$abcdefghijklmnopqrstuv',
])('%s is no hash', (text) => {
  expect(parseSecretHash(text)).toBeUndefined();
});
