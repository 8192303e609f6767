/** Clients who share documents: nobody's work is lost, and one decision has one winner. */

import { expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';
import { type Documents, demand, openDocuments, valuePath } from './documents.ts';

async function rollOut(stage: Stage): Promise<void> {
  const configuration = openDocuments(stage, { collection: 'configuration' });
  await configuration.write('fleet', { version: 1, intervalMs: 5_000 });
  const known = demand(await configuration.read('fleet'), 'the configuration');
  const candidates = [1_000, 2_000].map((intervalMs) => ({ version: 2, intervalMs }));
  const outcomes = await Promise.all(
    candidates.map((candidate) => configuration.replace('fleet', candidate, known.etag)),
  );
  const winners = candidates.filter((_, i) => outcomes[i] !== undefined);
  expectEqual('rollouts that won', winners.length, 1);
  const seen = await Promise.all(Array.from({ length: 8 }, () => configuration.read('fleet')));
  for (const device of seen) expectEqual('the configuration of a device', device?.json, winners[0]);
  // What a device that knows the old one is told, and what one that knows the new one is.
  const ask = (etag: string) =>
    configuration.api.send('get', valuePath, {
      path: configuration.address('fleet'),
      header: { 'if-none-match': etag },
    });
  expectStatus(await ask(known.etag), 200);
  expectStatus(await ask(demand(seen[0], 'the configuration').etag), 304);
}

async function editTogether(stage: Stage): Promise<void> {
  const documents = openDocuments(stage, { collection: 'documents' });
  await documents.write('minutes', { lines: [] });
  let refused = 0;
  const edit = async (author: string, count: number): Promise<void> => {
    for (let line = 0; line < count; ) {
      const { json, etag } = demand(await documents.read('minutes'), 'the document');
      const { lines } = json as { readonly lines: readonly string[] };
      const saved = await documents.replace('minutes', { lines: [...lines, `${author} ${line}`] }, etag);
      if (saved === undefined) refused += 1;
      else line += 1;
    }
  };
  await Promise.all([edit('ada', 12), edit('grace', 12)]);
  const { lines } = demand(await documents.read('minutes'), 'the document').json as { readonly lines: string[] };
  for (const author of ['ada', 'grace']) {
    const own = lines.filter((line) => line.startsWith(author));
    expectEqual(
      `the lines of ${author}`,
      own,
      Array.from({ length: 12 }, (_, line) => `${author} ${line}`),
    );
  }
  stage.note.vacuity({ guard: 'edits that met another one', value: refused, minimum: 1 });
}

async function claimJobs(stage: Stage): Promise<void> {
  const jobs = openDocuments(stage, { collection: 'jobs' });
  const claims = openDocuments(stage, { collection: 'claims' });
  const results = openDocuments(stage, { collection: 'results' });
  const names = Array.from({ length: 10 }, (_, i) => `job-${i}`);
  for (const name of names) await jobs.write(name, { work: name });
  let taken = 0;
  const work = async (worker: string): Promise<void> => {
    for (const { key } of await jobs.list()) {
      if ((await claims.create(key, { worker }, { ttlMs: 60_000 })) === undefined) {
        taken += 1;
        continue;
      }
      demand(await results.create(key, { worker }), `the only result of ${key}`);
      await jobs.remove(key);
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(work));
  expectEqual('jobs that are left', await jobs.list(), []);
  const done = await results.list();
  expectEqual(
    'jobs that are done',
    done.map(({ key }) => key),
    names,
  );
  expectEqual('who did them', done, await claims.list());
  stage.note.vacuity({ guard: 'claims that came second', value: taken, minimum: 1 });
}

const leaseMs = 2_000;

async function touchLease(leases: Documents, etag: string): Promise<string | undefined> {
  const answer = await leases.api.send('patch', valuePath, {
    path: leases.address('leader'),
    query: { ttlMs: leaseMs },
    header: { 'if-match': etag },
  });
  if (answer.status === 200) return expectHeader(answer, 'etag', /./);
  if (answer.status === 404) expectProblem(answer, 404, 'key_not_found');
  else expectProblem(answer, 412, 'precondition_failed');
  return undefined;
}

async function leadByLease(stage: Stage): Promise<void> {
  const leases = openDocuments(stage, { collection: 'leases' });
  const since = performance.now();
  let lease = demand(await leases.create('leader', { leader: 'a' }, { ttlMs: leaseMs }), 'a lease');
  expectEqual('the lease of the second', await leases.create('leader', { leader: 'b' }, { ttlMs: leaseMs }), undefined);
  const prolonged = await touchLease(leases, lease);
  if (prolonged === undefined && performance.now() - since >= leaseMs) {
    throw new CaseInconclusive('too-slow', 'the lease ended before it could be prolonged');
  }
  lease = demand(prolonged, 'a lease that is prolonged in time');
  const last = demand(await leases.read('leader'), 'the lease').expiresAt;
  let next: string | undefined;
  while (next === undefined) {
    stage.signal.throwIfAborted();
    next = await leases.create('leader', { leader: 'b' }, { ttlMs: 60_000 });
  }
  const taken = demand(await leases.read('leader'), 'the new lease');
  expectEqual('the leader', taken.json, { leader: 'b' });
  const begun = Date.parse(String(taken.expiresAt)) - 60_000;
  expectTrue(
    begun >= Date.parse(String(last)),
    `no lease before ${last}`,
    `one since ${new Date(begun).toISOString()}`,
  );
  expectEqual('the lease that the first one prolongs', await touchLease(leases, lease), undefined);
}

export const coordinationCases: readonly Case[] = [
  defineCase(
    'configuration/rollout',
    'Of two rollouts from one configuration one wins, the other is told, and every device reads the winner',
    rollOut,
  ),
  defineCase('documents/two-editors', 'Of two people who edit one document neither loses a line', editTogether, {
    costMs: 300,
  }),
  defineCase('jobs/claim', 'Every job is claimed by one worker, done once and then gone from the list', claimJobs, {
    costMs: 300,
  }),
  defineCase(
    'leader/lease',
    'A lease has one holder, who prolongs it in time; once it has ended another takes it, and the first knows',
    leadByLease,
    { timeoutMs: 30_000, costMs: 2_200, liveness: true },
  ),
];
