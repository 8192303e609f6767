import { atomicBatchCases } from './atomic-batch-cases.ts';
import { batchCases } from './batch-cases.ts';
import { differentialBatchCases } from './batch-differential.ts';
import { concurrencyCases } from './concurrency-cases.ts';
import { conditionCases } from './condition-cases.ts';
import type { ContractCase } from './contract-case.ts';
import { damageCases } from './damage-cases.ts';
import { expiryCases, orderCases } from './expiry-cases.ts';
import { expiryWatchCases } from './expiry-watch-cases.ts';
import { failureCases } from './failure-cases.ts';
import { listCases } from './list-cases.ts';
import { namesCases } from './names-cases.ts';
import { removalCases } from './removal-cases.ts';
import { statsCases } from './stats-cases.ts';
import { valueCases } from './value-cases.ts';
import { writeCases } from './write-cases.ts';

/** What every backend must do, by topic. */
export const contract: Readonly<Record<string, readonly ContractCase[]>> = {
  writes: writeCases,
  conditions: conditionCases,
  concurrency: concurrencyCases,
  expiry: expiryCases,
  'expiry that is seen': expiryWatchCases,
  'order of revisions': orderCases,
  listings: listCases,
  batches: batchCases,
  'atomic batches': atomicBatchCases,
  'batches beside the memory backend': differentialBatchCases,
  values: valueCases,
  damage: damageCases,
  removal: removalCases,
  names: namesCases,
  statistics: statsCases,
  failures: failureCases,
};
