import type { Suite } from '../suite.ts';
import { aboutCases } from './about.ts';
import { answerCases } from './answers.ts';
import { contentHeaderCases } from './content-headers.ts';
import { etagCases } from './etags.ts';
import { keyCases } from './keys.ts';
import { listValueCases } from './list-values.ts';
import { listCases } from './lists.ts';
import { malformedCases } from './malformed.ts';
import { methodCases } from './methods.ts';
import { nameCases } from './names.ts';
import { openapiCases } from './openapi.ts';
import { preconditionCases } from './preconditions.ts';
import { morePreconditionCases } from './preconditions-more.ts';
import { queryCases } from './queries.ts';
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
    ...queryCases,
    ...answerCases,
    ...malformedCases,
    ...aboutCases,
    ...openapiCases,
  ],
};
