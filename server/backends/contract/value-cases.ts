import assert from 'node:assert/strict';
import { type ContractCase, patternBytes } from './contract-case.ts';
import { at, keep, none, shelfOf } from './subject.ts';

const sizes = [0, 1, 40, 65_535, 65_536, 65_537, 262_144, 262_145, 1_000_000];

function exactValue(size: number): ContractCase {
  return {
    title: `a value of ${size.toLocaleString('en')} bytes comes back byte for byte`,
    async run(subject) {
      const shelf = shelfOf(subject);
      const value = patternBytes(size, size);
      await shelf.set('key', value, { contentType: 'application/octet-stream' });
      const record = await shelf.get('key');
      assert.ok(record?.value.equals(value));
      assert.equal(record?.size, size);
      assert.equal((await shelf.head('key'))?.size, size);
    },
  };
}

export const valueCases: readonly ContractCase[] = [
  ...sizes.map(exactValue),
  {
    title: 'a value of 16,000,000 bytes is set, kept through a touch and a set that keeps the expiry, and listed',
    async run(subject) {
      const shelf = shelfOf(subject);
      const value = patternBytes(16_000_000, 1);
      const expiresAtMs = subject.nowMs + 60_000;
      await shelf.set('key', value, { expiry: at(expiresAtMs) });
      assert.ok((await shelf.get('key'))?.value.equals(value));
      value.fill(7, 8_000_000);
      assert.equal((await shelf.set('key', value, { expiry: keep })).outcome, 'replaced');
      await shelf.touch('key', none);
      const [item] = (await shelf.list({ withValues: true })).items;
      assert.ok(item?.value?.equals(value));
      assert.equal(item?.expiresAtMs, undefined);
    },
  },
  {
    title: 'all 256 byte values survive, alone and in every position of a small value',
    async run(subject) {
      const shelf = shelfOf(subject);
      const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      await shelf.set('all', all);
      assert.deepEqual((await shelf.get('all'))?.value, all);
      for (const byte of [0, 10, 13, 34, 128, 255]) {
        await shelf.set('one', Buffer.of(byte, byte));
        assert.deepEqual((await shelf.get('one'))?.value, Buffer.of(byte, byte));
      }
    },
  },
  {
    title: 'a small value replaces a large one and a large one a small one, without a trace of the other',
    async run(subject) {
      const shelf = shelfOf(subject);
      const large = patternBytes(700_000, 3);
      await shelf.set('key', large);
      await shelf.set('key', 'small');
      assert.equal((await shelf.get('key'))?.value.toString(), 'small');
      await shelf.set('key', large);
      assert.ok((await shelf.get('key'))?.value.equals(large));
      await shelf.set('key', '');
      assert.equal((await shelf.get('key'))?.size, 0);
    },
  },
  {
    title: 'the buffers of a set and of a get belong to the caller',
    async run(subject) {
      const shelf = shelfOf(subject);
      const given = Buffer.from('as it was');
      await shelf.set('key', given);
      given.fill('x');
      const first = await shelf.get('key');
      assert.equal(first?.value.toString(), 'as it was');
      await shelf.set('key', 'something else that may reuse memory');
      await shelf.get('key');
      assert.equal(first?.value.toString(), 'as it was');
      first?.value.fill('y');
      assert.equal((await shelf.get('key'))?.value.toString(), 'something else that may reuse memory');
    },
  },
  {
    title: 'a media type of any visible ASCII and of 255 characters comes back as it was',
    async run(subject) {
      const shelf = shelfOf(subject);
      const visible = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
      for (const contentType of ['a/b', 'text/plain; charset="utf-8"', visible.trim(), `x/${'y'.repeat(253)}`]) {
        await shelf.set('key', 'value', { contentType });
        assert.equal((await shelf.get('key'))?.contentType, contentType);
        assert.equal((await shelf.head('key'))?.contentType, contentType);
        assert.equal((await shelf.list()).items[0]?.contentType, contentType);
      }
    },
  },
];
