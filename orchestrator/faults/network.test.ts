import { expect, test, vi } from 'vitest';
import type { NetworkMode } from '../../suites/fault.ts';
import { NoAnswer } from '../../suites/no-answer.ts';
import type { Case, Stage } from '../../suites/suite.ts';
import { makeCase, runSuites } from '../fixtures/run-suites.ts';

vi.setConfig({ testTimeout: 120_000 });

const behindLink: Partial<Case> = {
  isolation: 'machine',
  requires: ['server'],
  stage: { durability: 'declared', links: ['client'] },
  faults: ['network'],
};
const path = ({ namespace }: Stage): string => `/api/v1/kv/${namespace}/c/k`;
const put = (stage: Stage, body: string) => stage.client.request({ method: 'PUT', path: path(stage), body });
const get = async (stage: Stage): Promise<string> =>
  (await stage.client.request({ method: 'GET', path: path(stage) })).body.toString();

async function breaks(stage: Stage, mode: NetworkMode): Promise<void> {
  const fault = await stage.faults.network('client', mode);
  await expect(put(stage, mode.kind)).rejects.toThrow(NoAnswer);
  await fault.heal();
}

test('the client of a case comes through the link, over restarts of the server too, and the record tells what was done', async () => {
  const run = await runSuites([
    makeCase(
      'link',
      async (stage) => {
        expect(stage.client.baseUrl).not.toBe(stage.server?.baseUrl);
        await put(stage, 'before');
        await breaks(stage, { kind: 'refuse' });
        expect(await get(stage)).toBe('before');
        await breaks(stage, { kind: 'drop-answer', percent: 100 });
        expect(await get(stage)).toBe('drop-answer');
        const url = stage.client.baseUrl;
        await stage.server?.kill();
        await stage.server?.restart();
        expect(stage.client.baseUrl).toBe(url);
        expect((await put(stage, 'after')).status).toBe(201);
      },
      behindLink,
    ),
  ]);
  const { verdict, reason, faults, findings } = run.result('link');
  expect({ verdict, reason, findings }).toEqual({ verdict: 'passed', reason: null, findings: [] });
  expect(faults).toMatchObject(
    [
      { name: 'network', target: 'client link, refuse' },
      { name: 'network', target: 'client link, 100 % of the answers dropped', evidence: /^1 answers dropped/ },
    ].map((fault) =>
      fault.evidence === undefined ? fault : { ...fault, evidence: expect.stringMatching(fault.evidence) },
    ),
  );
  expect(run.left).toEqual([]);
});

test('an injector that does nothing leaves its case inconclusive, and so does a link that was not asked for', async () => {
  const run = await runSuites([
    makeCase(
      'nothing',
      async (stage) => {
        const fault = await stage.faults.network('client', { kind: 'nothing' });
        await put(stage, 'x');
        await fault.heal();
      },
      behindLink,
    ),
    makeCase('no-link', async (stage) => void (await stage.faults.network('store', { kind: 'refuse' })), behindLink),
  ]);
  expect(run.result('nothing')).toMatchObject({ verdict: 'inconclusive', reasonCode: 'fault_did_not_fire' });
  expect(run.result('no-link').verdict).toBe('inconclusive');
  expect(JSON.stringify(run.result('no-link'))).toContain('has no link store');
});
