/** The contract of backend.ts, held by every engine on its real store. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RevisionClock } from '../../revision.ts';
import type { Backend } from '../backend.ts';
import { contract } from './cases.ts';
import type { ContractCase } from './contract-case.ts';
import { createClock, createContext, engines, type RunningEngine } from './engines.ts';
import { environment } from './environment.ts';
import type { Subject } from './subject.ts';

const runId = randomBytes(4).toString('hex');

const starts = await Promise.all(
  Object.entries(engines).map(async ([name, start]) => {
    try {
      return { name, engine: await start() };
    } catch (error) {
      return { name, reason: error instanceof Error ? error.message : String(error) };
    }
  }),
);

// Of the file, not of an engine's block: that does not run where a filter leaves the block's tests out.
afterAll(async () => {
  for (const { engine } of starts) await engine?.[Symbol.asyncDispose]();
});

for (const start of starts) {
  if (start.engine === undefined) describeAbsent(start.name, start.reason);
  else describeEngine(start.name, start.engine);
}

function describeAbsent(name: string, reason: string): void {
  describe(`${name} (NOT TESTED: ${reason})`, () => {
    test.skipIf(!environment.required.has(name))('the engine is required', () => expect.fail(reason));
  });
}

function describeEngine(name: string, engine: RunningEngine): void {
  describe(`${name} (${engine.origin})`, () => {
    let backend: Backend;
    let current: RevisionClock = createClock();
    const revisions: RevisionClock = { next: () => current.next(), movePast: (seen) => current.movePast(seen) };

    beforeAll(async () => {
      backend = await engine.open(createContext(revisions));
    });
    afterAll(async () => {
      await backend[Symbol.asyncDispose]();
    });

    let count = 0;
    const runCase = async ({ run }: ContractCase): Promise<void> => {
      count += 1;
      const before = current;
      const subject: Subject = {
        backend,
        hooks: engine.hooks,
        namespace: `c${runId}n${count}`,
        nowMs: Date.now(),
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
        const hook = one.needs && engine.hooks[one.needs];
        if (typeof hook === 'string') test.skip(`${one.title} (not here: ${hook})`);
        else test(one.title, () => runCase(one));
      }
    });
  });
}
