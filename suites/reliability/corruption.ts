/** Damage in the file of the data: nothing wrong is ever read. */

import { defineCase } from '../define-case.ts';
import type { Damage } from '../fault.ts';
import { judgeHistory } from '../judge-history.ts';
import { openHistory } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';
import { startInserts } from './inserts.ts';
import { refusedFolder } from './provoked.ts';

const writesBefore = 400;
const writesAfter = 40;
const refusal = /exit code 2\b.*is not a sound LMDB file/s;

async function surviveDamage(stage: Stage, damage: Damage): Promise<void> {
  const history = openHistory(stage);
  const inserts = startInserts(stage, history, { clients: 8, valueBytes: 2_000 });
  await inserts.more('acknowledged', writesBefore);
  const inFlight = inserts.inFlight;
  const fault = await stage.faults.corruption(damage);
  await fault.heal();
  if (fault.refused === undefined) {
    await inserts.more('acknowledged', writesAfter);
    await inserts.stop();
    await inserts.readAll();
  } else {
    // Without a sound copy it rather stays down than show clients that nothing is there.
    if (!refusal.test(fault.refused)) {
      throw new CaseFailed('a start, or a refusal that names the damage', fault.refused.slice(0, 300));
    }
    await inserts.stop();
  }
  stage.note.vacuity({ guard: 'writes in flight when it was killed', value: inFlight, minimum: 1 });
  // What the damage has hit may be gone, and then is said to be; that is judged by the cases of recovery.
  await judgeHistory(stage, history, [
    { checker: 'kept', parameters: { mayLose: true }, minimums: { acknowledged: writesBefore } },
  ]);
}

const embedded: readonly (readonly [damage: Damage, claim: string])[] = [
  [
    'flip-bits',
    'With single bits of its file flipped the server serves no value that was never written, or refuses to start and names the damage',
  ],
  [
    'truncate',
    'With its file cut short the server serves no value that was never written, or refuses to start and names the damage',
  ],
  [
    'zero-page',
    'With a page of its file zeroed the server serves no value that was never written, or refuses to start and names the damage',
  ],
  [
    'garbage-page',
    'With garbage in a page of its file the server serves no value that was never written, or refuses to start and names the damage',
  ],
  [
    'zero-meta',
    'With the head of its file zeroed the server serves no value that was never written, or refuses to start and names the damage',
  ],
];

function corruptionCase(damage: Damage, claim: string, options: Pick<Case, 'tiers' | 'stage'>): Case {
  return defineCase(`corruption/${damage}`, claim, (stage) => surviveDamage(stage, damage), {
    isolation: 'machine',
    requires: ['server'],
    faults: ['corruption'],
    provokes: refusedFolder,
    timeoutMs: 120_000,
    costMs: 8_000,
    ...options,
  });
}

export const corruptionCases: readonly Case[] = [
  ...embedded.map(([damage, claim]) =>
    corruptionCase(damage, claim, { tiers: { lmdb: 'nightly' }, stage: { durability: 'declared' } }),
  ),
  {
    ...corruptionCase(
      'truncate',
      'With its append-only file cut short the store starts, and no read shows a value that was never written',
      {
        tiers: { redis: 'nightly' },
        stage: { durability: 'declared', place: { kind: 'tmpfs', bytes: 134_217_728 } },
      },
    ),
    id: 'corruption/truncate-log',
  },
];
