import { type Defect, edge, reliability } from './defect.ts';

/** Defects of the harness: it must notice that it proves nothing. */
export const harnessDefects: readonly Defect[] = [
  {
    name: 'client-retries',
    does: 'The client of the suites sends again what got no answer',
    layer: 'harness',
    caughtBy: reliability('client-link/lost-answers'),
    checker: 'increments',
    tier: 'pr',
  },
  {
    name: 'reads-never-run',
    does: 'No read of the suites gets an answer',
    layer: 'harness',
    caughtBy: reliability('crash/acknowledged-survives'),
    checker: 'least counts of zones',
    tier: 'pr',
  },
  {
    name: 'injector-does-nothing',
    does: 'Faults are injected and nothing happens',
    layer: 'harness',
    caughtBy: reliability('crash/acknowledged-survives'),
    checker: 'evidence of the fault',
    tier: 'pr',
  },
  {
    name: 'checker-always-true',
    does: 'The judge of histories says of everything that it holds',
    layer: 'harness',
    caughtBy: edge('checkers/known-bad'),
    checker: 'histories known to be wrong',
    tier: 'pr',
  },
];
