import { conformance } from './conformance/suite.ts';
import { edgeCases } from './edge-cases/suite.ts';
import { load } from './load/suite.ts';
import type { Suite } from './suite.ts';

/** Every suite that exists. A suite named by reports/schema.ts and not here has not been built. */
export const suites: readonly Suite[] = [conformance, edgeCases, load];
