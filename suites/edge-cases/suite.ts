import type { Suite } from '../suite.ts';
import { batchEdgeCases } from './batches.ts';
import { cacheCases } from './cache.ts';
import { cacheEvictionCases } from './cache-eviction.ts';
import { cacheMemoryCases } from './cache-memory.ts';
import { cacheRemovalCases } from './cache-removal.ts';
import { changingPageCases } from './changing-pages.ts';
import { concurrencyCases } from './concurrency.ts';
import { idempotencyEdgeCases } from './idempotency.ts';
import { keyEdgeCases } from './keys.ts';
import { knownBadCases } from './known-bad.ts';
import { limitCases } from './limits.ts';
import { newCollectionCases } from './new-collections.ts';
import { removalEdgeCases } from './removal.ts';
import { rivalCases } from './rivals.ts';
import { shortLifeCases } from './short-lives.ts';
import { storeLimitCases } from './store-limits.ts';
import { ttlEdgeCases } from './ttl.ts';
import { twoServersCases } from './two-servers.ts';
import { killedServerCases } from './two-servers-killed.ts';
import { twoServersReadsCases } from './two-servers-reads.ts';
import { unicodeKeyCases } from './unicode-keys.ts';
import { valueEdgeCases } from './values.ts';

export const edgeCases: Suite = {
  name: 'edge-cases',
  title: 'Keys, values, times, concurrent writers and servers at their limits',
  cases: [
    ...keyEdgeCases,
    ...unicodeKeyCases,
    ...valueEdgeCases,
    ...ttlEdgeCases,
    ...limitCases,
    ...storeLimitCases,
    ...concurrencyCases,
    ...shortLifeCases,
    ...rivalCases,
    ...twoServersCases,
    ...twoServersReadsCases,
    ...killedServerCases,
    ...cacheCases,
    ...cacheMemoryCases,
    ...cacheEvictionCases,
    ...cacheRemovalCases,
    ...batchEdgeCases,
    ...idempotencyEdgeCases,
    ...changingPageCases,
    ...newCollectionCases,
    ...removalEdgeCases,
    ...knownBadCases,
  ],
};
