import type { Suite } from '../suite.ts';
import { aboutCases } from './about.ts';
import { accessCases } from './access.ts';
import { accessApartCases } from './access-apart.ts';
import { accessRouteCases } from './access-routes.ts';
import { answerCases } from './answers.ts';
import { atomicBatchCases } from './atomic-batches.ts';
import { batchBodyCases } from './batch-bodies.ts';
import { repeatedMemberCases } from './batch-repeated.ts';
import { batchValueCases } from './batch-values.ts';
import { batchCases } from './batches.ts';
import { contentHeaderCases } from './content-headers.ts';
import { etagCases } from './etags.ts';
import { filterCases } from './filter.ts';
import { idempotencyCases } from './idempotency.ts';
import { keyCases } from './keys.ts';
import { listValueCases } from './list-values.ts';
import { listCases } from './lists.ts';
import { malformedCases } from './malformed.ts';
import { methodCases } from './methods.ts';
import { metricsCases } from './metrics.ts';
import { nameCases } from './names.ts';
import { namespaceCases } from './namespaces.ts';
import { openapiCases } from './openapi.ts';
import { preconditionCases } from './preconditions.ts';
import { morePreconditionCases } from './preconditions-more.ts';
import { queryCases } from './queries.ts';
import { removeCases } from './remove.ts';
import { ttlCases } from './ttl.ts';
import { ttlClockCases } from './ttl-clock.ts';
import { ttlQueryCases } from './ttl-queries.ts';
import { valueCases } from './values.ts';

export const conformance: Suite = {
  name: 'conformance',
  title: 'The HTTP API, rule by rule',
  cases: [
    ...methodCases,
    ...valueCases,
    ...contentHeaderCases,
    ...etagCases,
    ...preconditionCases,
    ...morePreconditionCases,
    ...ttlQueryCases,
    ...ttlCases,
    ...ttlClockCases,
    ...keyCases,
    ...nameCases,
    ...listCases,
    ...listValueCases,
    ...filterCases,
    ...namespaceCases,
    ...removeCases,
    ...queryCases,
    ...answerCases,
    ...malformedCases,
    ...batchCases,
    ...batchValueCases,
    ...batchBodyCases,
    ...repeatedMemberCases,
    ...atomicBatchCases,
    ...idempotencyCases,
    ...aboutCases,
    ...openapiCases,
    ...metricsCases,
    ...accessCases,
    ...accessRouteCases,
    ...accessApartCases,
  ],
};
