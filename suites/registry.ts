import { conformance } from './conformance/suite.ts';
import { e2e } from './e2e/suite.ts';
import { edgeCases } from './edge-cases/suite.ts';
import { load } from './load/suite.ts';
import { reliability } from './reliability/suite.ts';
import type { Suite } from './suite.ts';

/** Every suite that exists. A suite named by reports/schema.ts and not here has not been built. */
export const suites: readonly Suite[] = [conformance, edgeCases, e2e, load, reliability];
