import { concurrencyCases } from './concurrency-cases.ts';
import { conditionCases } from './condition-cases.ts';
import type { ContractCase } from './contract-case.ts';
import { expiryCases, orderCases } from './expiry-cases.ts';
import { failureCases } from './failure-cases.ts';
import { listCases } from './list-cases.ts';
import { valueCases } from './value-cases.ts';
import { writeCases } from './write-cases.ts';

/** What every backend must do, by topic. */
export const contract: Readonly<Record<string, readonly ContractCase[]>> = {
  writes: writeCases,
  conditions: conditionCases,
  concurrency: concurrencyCases,
  expiry: expiryCases,
  'order of revisions': orderCases,
  listings: listCases,
  values: valueCases,
  failures: failureCases,
};
