import { describe, expect, test } from 'vitest';
import type { Answer } from './answer.ts';
import type { Operation } from './history.ts';
import type { StoredCheck } from './history-file.ts';
import { NoAnswer } from './no-answer.ts';
import { type Intent, openHistory, type Recorder } from './recorder.ts';
import type { Stage } from './suite.ts';

const exchange = { curl: '', request: '', response: null };
const answer = (status: number, body = ''): Answer =>
  ({ status, header: () => '"e"', body: Buffer.from(body) }) as unknown as Answer;

/** What a stage has of a history, and no more. */
function open(): { readonly recorder: Recorder; readonly written: Operation[] } {
  const written: Operation[] = [];
  const stage = {
    server: { pid: 7 },
    advanceClock: async () => undefined,
    openHistory: () => ({
      append: (operation: Operation) => void written.push(operation),
      finish: async (_checks: readonly StoredCheck[]) => ({ file: '', sha256: '' }),
    }),
  };
  return { recorder: openHistory(stage as unknown as Stage), written };
}

const write = { process: 1, f: 'set', key: 'k', input: '1:1', ttlMs: null } as const;
const intents: Readonly<Record<string, Intent>> = {
  set: write,
  create: { ...write, f: 'create' },
  cas: { ...write, f: 'cas', expected: { by: 'version', version: '"d"' } },
  get: { process: 1, f: 'get', key: 'k', input: null },
  delete: { process: 1, f: 'delete', key: 'k', input: null },
  touch: { process: 1, f: 'touch', key: 'k', input: null, ttlMs: 5 },
};

describe('what an answer means', () => {
  test.for([
    ['set', 201, 'ok', 'created'],
    ['set', 200, 'ok', 'replaced'],
    ['set', 412, 'fail', null],
    ['set', 503, 'info', null],
    ['set', 304, 'fail', null],
    ['create', 201, 'ok', 'created'],
    ['create', 412, 'fail', 'exists'],
    ['create', 200, 'fail', null],
    ['cas', 200, 'ok', 'replaced'],
    ['cas', 412, 'fail', 'mismatch'],
    ['cas', 429, 'fail', null],
    ['get', 200, 'ok', 'seen'],
    ['get', 404, 'ok', null],
    ['delete', 204, 'ok', 'deleted'],
    ['delete', 404, 'fail', 'absent'],
    ['touch', 200, 'ok', 'touched'],
    ['touch', 404, 'fail', 'absent'],
  ] as const)('%s, %i: %s, %s', async ([f, status, type, output]) => {
    const { recorder, written } = open();
    const intent = intents[f] ?? write;
    const read = f === 'get' ? { read: () => 'seen' } : {};
    const done = await recorder.record({ intent, send: async () => answer(status, '{"code":"some_code"}'), ...read });
    expect(done).toMatchObject({ type, output, error: type === 'ok' ? null : `${status} some_code` });
    expect(done.server).toEqual({ version: type === 'ok' ? '"e"' : null, boot: '7' });
    expect(written).toEqual([done]);
  });

  test.for([
    ['none', 'fail'],
    ['unknown', 'info'],
  ] as const)('no answer with effect %s: %s', async ([effect, type]) => {
    const send = async (): Promise<Answer> => {
      throw new NoAnswer('broken', effect, { exchange });
    };
    expect(await open().recorder.record({ intent: write, send })).toMatchObject({ type, error: 'no answer (broken)' });
  });

  test('what is no outcome of a request is thrown on', async () => {
    const { recorder, written } = open();
    const send = async (): Promise<Answer> => {
      throw new TypeError('a bug');
    };
    await expect(recorder.record({ intent: write, send })).rejects.toThrow('a bug');
    expect(written).toEqual([]);
  });
});

test('clocks that are moved and deaths are operations of the history', async () => {
  const { recorder, written } = open();
  await recorder.advance(60_000);
  await recorder.fence(async () => undefined);
  expect(written).toMatchObject([
    { i: 0, process: 0, f: 'advance', advanceMs: 60_000, type: 'ok' },
    { i: 1, process: 0, f: 'fence', deadBoot: '7', type: 'ok' },
  ]);
});

test('what is under way when the history ends has no outcome, and what comes later is not in it', async () => {
  const { recorder, written } = open();
  let end: (value: Answer) => void = () => undefined;
  const late = recorder.record({ intent: write, send: () => new Promise((resolve) => (end = resolve)) });
  await recorder.close([]);
  expect(written).toMatchObject([{ type: 'info', error: 'still under way when the history ended' }]);
  end(answer(200));
  await late;
  expect(written).toHaveLength(1);
});
