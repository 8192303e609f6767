/** The contract of backend.ts, held by every engine on its real store. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { RevisionClock } from '../../revision.ts';
import type { Backend } from '../backend.ts';
import { cachedEngines } from './cached-engines.ts';
import { contract } from './cases.ts';
import { findRedisCluster } from './clustered.ts';
import type { ContractCase } from './contract-case.ts';
import { describeAbsent } from './describe-absent.ts';
import { createClock, createContext, engines, type FoundEngine, type RunningEngine } from './engines.ts';
import type { Subject } from './subject.ts';

const runId = randomBytes(4).toString('hex');

for (const [name, find] of Object.entries({ ...engines, ...cachedEngines, 'redis cluster': findRedisCluster })) {
  const found = await find().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  if (typeof found === 'string') describeAbsent(name, found);
  else describeEngine(name, found);
}

function describeEngine(name: string, found: FoundEngine): void {
  describe(`${name} (${found.origin})`, () => {
    const resources = new AsyncDisposableStack();
    let engine: RunningEngine;
    let backend: Backend;
    let current: RevisionClock = createClock();
    const revisions: RevisionClock = { next: () => current.next(), movePast: (seen) => current.movePast(seen) };

    beforeAll(async () => {
      engine = resources.use(await found.start());
      backend = resources.use(await engine.open(createContext(revisions)));
    });
    afterAll(() => resources.disposeAsync());

    let count = 0;
    const runCase = async ({ run }: ContractCase): Promise<void> => {
      count += 1;
      const before = current;
      const subject: Subject = {
        backend,
        hooks: engine.hooks,
        namespace: `c${runId}n${count}`,
        // Ahead of the clock by which stores forget what has expired: a case can look back behind its own time.
        nowMs: Date.now() + 600_000,
        useRevisions: (clock) => {
          current = clock;
        },
      };
      try {
        await run(subject);
      } finally {
        current = before;
      }
    };

    describe.each(Object.entries(contract))('%s', (_topic, cases) => {
      for (const one of cases) {
        const lack = one.needs && found.lacks[one.needs];
        if (lack === undefined) test(one.title, () => runCase(one));
        else test.skip(`${one.title} (not here: ${lack})`);
      }
    });
  });
}
