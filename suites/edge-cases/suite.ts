import type { Suite } from '../suite.ts';
import { concurrencyCases } from './concurrency.ts';
import { keyEdgeCases } from './keys.ts';
import { ttlEdgeCases } from './ttl.ts';
import { unicodeKeyCases } from './unicode-keys.ts';
import { valueEdgeCases } from './values.ts';

export const edgeCases: Suite = {
  name: 'edge-cases',
  title: 'Keys, values, times and concurrent writers at their limits',
  cases: [...keyEdgeCases, ...unicodeKeyCases, ...valueEdgeCases, ...ttlEdgeCases, ...concurrencyCases],
};
