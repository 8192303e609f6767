import { describe, expect, test } from 'vitest';
import type { Capabilities } from '../reports/schema.ts';
import { createCapabilitiesCase } from './expected-capabilities.ts';
import type { Stage } from './suite.ts';
import { CaseFailed } from './verdict.ts';

const whole: Capabilities = {
  limits: { keyBytes: 1024, valueBytes: 16_000_000, ttlMs: 3_155_760_000_000, listItems: 1000, batchItems: 1000 },
  atomicBatch: 'store',
  filter: true,
  expiry: { precisionMs: 1 },
  durability: { profile: 'on-ack', windowMs: 0, probedBy: 'CONFIG GET' },
  testing: { clock: true },
};

const hold = (capabilities: Capabilities, ownStore = true): Promise<void> =>
  createCapabilitiesCase('redis', ownStore).run({ capabilities } as Stage);

test('a backend that has all it is known for passes, and one that has more', async () => {
  await expect(hold(whole)).resolves.toBeUndefined();
  await expect(hold({ ...whole, filter: true })).resolves.toBeUndefined();
});

describe('what vanished is a finding that names it', () => {
  test.each<[string, Partial<Capabilities>]>([
    ['limits.keyBytes', { limits: { ...whole.limits, keyBytes: 1023 } }],
    ['limits.valueBytes', { limits: { ...whole.limits, valueBytes: 15_999_999 } }],
    ['limits.listItems', { limits: { ...whole.limits, listItems: 999 } }],
    ['limits.batchItems', { limits: { ...whole.limits, batchItems: 999 } }],
    ['atomicBatch', { atomicBatch: 'collection' }],
    ['expiry.precisionMs', { expiry: { precisionMs: 1000 } }],
    ['testing.clock', { testing: { clock: false } }],
    ['durability.profile', { durability: { profile: 'prefix', windowMs: 1000, probedBy: 'CONFIG GET' } }],
  ])('%s', async (name, change) => {
    const held = hold({ ...whole, ...change });
    await expect(held).rejects.toThrow(CaseFailed);
    await expect(held).rejects.toThrow(name);
  });
});

test('the durability of a store that someone else configured is not ours to expect', async () => {
  const unknown: Capabilities = { ...whole, durability: { profile: 'unknown', windowMs: null, probedBy: 'refused' } };
  await expect(hold(unknown, false)).resolves.toBeUndefined();
});
