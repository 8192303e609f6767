/** A disk that fails, or is slow. */

import type { Check } from '../checkers/registry.ts';
import { type CaseOptions, defineCase } from '../define-case.ts';
import type { DiskCall } from '../fault.ts';
import { isWrite, type Operation } from '../history.ts';
import { createRecordedClient } from '../recorded-client.ts';
import type { Case, Stage } from '../suite.ts';
import { outages, refusals } from './declared-errors.ts';
import { startLoad } from './load.ts';
import { failedCommit } from './provoked.ts';
import { demandNone, insideOf, type Span } from './spans.ts';

const perRound = 100;
const work = { valueBytes: 6_000 };
const asDeclared: Check = {
  checker: 'error-contract',
  parameters: { declared: { set: refusals, get: outages }, mayStayOpen: true },
};
/** Writes that are sent to meet the error, one by one, beside what the others do. */
const probes = 5;

async function refuseWrites(stage: Stage, call: DiskCall): Promise<void> {
  const load = await startLoad([stage], work);
  await load.more(perRound);
  const fault = await stage.faults.ioError({ call });
  const client = createRecordedClient(stage, load.history);
  for (let i = 0; i < probes; i += 1) await client.set('k0');
  const span: Span = { fromNs: fault.begunNs, toNs: process.hrtime.bigint() };
  await fault.heal();
  await load.goOn(perRound);
  const seen = await load.judge([asDeclared]);
  // One that was under way before may still end well; one that began since cannot.
  const during = insideOf(seen, span).filter(isWrite);
  stage.note.vacuity({ guard: 'writes while the disk failed', value: during.length, minimum: probes });
  const acknowledged = during.filter(({ type }) => type === 'ok');
  demandNone(acknowledged, 'no write acknowledged while no commit reaches the disk', 'were');
}

/** A commit writes a page or two and, last, the one that makes it valid: this is somewhere in the first few commits. */
const latestCall = 8;

/** What was said to be there is looked for once more where it is read from the disk. */
async function startAgain({ server }: Stage): Promise<void> {
  await server?.kill();
  await server?.restart();
}

async function endureOneError(stage: Stage, calls: readonly number[]): Promise<void> {
  const load = await startLoad([stage], work);
  await load.more(perRound);
  for (const nth of calls) {
    const fault = await stage.faults.ioError({ call: 'pwrite64', nth });
    const client = createRecordedClient(stage, load.history);
    for (let i = 0; i < latestCall; i += 1) await client.set('k0');
    await fault.heal();
    await load.goOn(perRound);
  }
  await startAgain(stage);
  await load.goOn(perRound);
  await load.judge([asDeclared]);
}

const slowMs = 50;
/** One after the other, beside what the others do. */
const slowWrites = 20;

function percentileMs(operations: readonly Operation[], share: number): number {
  const sorted = operations.map((one) => Number(one.return - one.call) / 1e6).sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 100) / 100;
}

async function endureSlowness(stage: Stage): Promise<void> {
  const load = await startLoad([stage], work);
  await load.more(perRound);
  const fault = await stage.faults.slowFlush(slowMs);
  // Not until so many were acknowledged: what is refused is to be judged.
  const client = createRecordedClient(stage, load.history);
  for (let i = 0; i < slowWrites; i += 1) await client.set('k0');
  const span: Span = { fromNs: fault.begunNs, toNs: process.hrtime.bigint() };
  await fault.heal();
  // Nothing but success.
  const seen = await load.judge([{ checker: 'error-contract', parameters: { declared: {}, mayStayOpen: false } }]);
  const during = insideOf(seen, span);
  for (const f of ['get', 'set'] as const) {
    const ones = during.filter((one) => one.f === f);
    stage.note.vacuity({ guard: `${f} while flushes were slow`, value: ones.length, minimum: 20 });
    for (const [name, share] of [['p50', 0.5] as const, ['p99', 0.99] as const]) {
      const value = percentileMs(ones, share);
      stage.note.measurement({ name: `${f} ${name} with flushes ${slowMs} ms slower`, unit: 'ms', value });
    }
  }
}

const traced: CaseOptions = {
  isolation: 'machine',
  requires: ['server'],
  stage: { durability: 'declared', traced: true },
  timeoutMs: 120_000,
  costMs: 4_000,
};

export const ioErrorCases: readonly Case[] = [
  defineCase(
    'io-errors/flush',
    'A write whose flush fails is refused and never read as if it stood; later writes work',
    (stage) => refuseWrites(stage, 'fdatasync'),
    {
      ...traced,
      faults: ['io-error'],
      provokes: failedCommit,
      tiers: { lmdb: 'pr', redis: 'nightly', mongodb: 'nightly' },
    },
  ),
  defineCase(
    'io-errors/write',
    'A write that the disk does not take is refused and never read as if it stood; later writes work',
    (stage) => refuseWrites(stage, 'pwrite64'),
    { ...traced, faults: ['io-error'], provokes: failedCommit, tiers: { lmdb: 'pr' } },
  ),
  defineCase(
    'io-errors/one-write',
    'After one failed write of a commit the server works on or ends, and answers nothing wrong',
    (stage) =>
      endureOneError(
        stage,
        Array.from({ length: 3 }, () => 1 + stage.random.below(latestCall)),
      ),
    { ...traced, faults: ['io-error'], provokes: failedCommit, tiers: { lmdb: 'pr' }, costMs: 10_000 },
  ),
  defineCase(
    'io-errors/one-write-sweep',
    'Whichever one write of a commit fails, the server works on or ends, and answers nothing wrong',
    (stage) =>
      endureOneError(
        stage,
        Array.from({ length: latestCall }, (_, i) => i + 1),
      ),
    { ...traced, faults: ['io-error'], provokes: failedCommit, tiers: { lmdb: 'nightly' }, costMs: 20_000 },
  ),
  defineCase(
    'io-errors/slow-flush',
    `Flushes that take ${slowMs} ms longer make writes slow and nothing wrong`,
    endureSlowness,
    {
      ...traced,
      faults: ['slow-flush'],
      tiers: { lmdb: 'pr', redis: 'nightly', mongodb: 'nightly' },
      liveness: true,
      timeoutMs: 60_000,
    },
  ),
];
