import type { RecordAddress } from '../backend.ts';

export interface RedisKeys {
  readonly record: string;
  readonly index: string;
}

export function keysOf(prefix: string, address: RecordAddress): RedisKeys {
  const collection = `${prefix}{${address.namespace}/${address.collection}}`;
  return { record: `${collection}:r:${address.key}`, index: `${collection}:i` };
}
