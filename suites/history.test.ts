import { expect, test } from 'vitest';
import type { Answer } from './answer.ts';
import { countOverlaps, createHistory, type Operation, parseHistory, renderHistory } from './history.ts';
import { NoAnswer } from './no-answer.ts';

const exchange = { curl: '', request: '', response: null };
const answer = (status: number): Answer => ({ status, header: () => '"e"' }) as unknown as Answer;

async function typeOf(outcome: Answer | Error): Promise<Operation> {
  const send = async (): Promise<Answer> => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  return createHistory('7').record({ process: 1, key: 'k', f: 'set', input: '1:1', ok: [200, 201], send });
}

test('an operation is ok, fails provably, or has no known outcome', async () => {
  expect(await typeOf(answer(201))).toMatchObject({ type: 'ok', server: { version: '"e"', boot: '7' }, error: null });
  expect(await typeOf(answer(412))).toMatchObject({ type: 'fail', error: 'status 412' });
  expect(await typeOf(answer(503))).toMatchObject({ type: 'info', error: 'status 503' });
  expect(await typeOf(new NoAnswer('refused', 'none', { exchange }))).toMatchObject({ type: 'fail' });
  expect(await typeOf(new NoAnswer('broken', 'unknown', { exchange }))).toMatchObject({ type: 'info' });
});

test('what is no outcome of a request is thrown on', async () => {
  await expect(typeOf(new TypeError('a bug'))).rejects.toThrow('a bug');
});

test('a history that was written is read back as it was', async () => {
  const history = createHistory(null);
  for (const i of [1, 2, 3]) {
    const send = async (): Promise<Answer> => answer(i === 2 ? 404 : 200);
    await history.record({ process: i, key: 'k\n"', f: 'get', input: null, ok: [200], send, read: () => `v${i}` });
  }
  const lines = [...renderHistory(history.operations())];
  expect(lines.every((line) => !line.includes('\n'))).toBe(true);
  expect(parseHistory([...lines, ''])).toEqual(history.operations());
});

test.for(['{}', 'null', '{"i":0', '{"i":0,"process":1,"key":"k","f":"drop"}'])('%s is no operation', (line) => {
  expect(() => parseHistory([line])).toThrow('line 1 of the history is no operation');
});

test('overlaps are counted with writes of other processes on the same key alone', () => {
  const at = (i: number, process: number, f: Operation['f'], call: number, end: number): Operation => ({
    i,
    process,
    key: 'k',
    f,
    input: null,
    type: 'ok',
    output: null,
    call: BigInt(call),
    return: BigInt(end),
    server: { version: null, boot: null },
    error: null,
  });
  expect(countOverlaps([at(0, 1, 'get', 0, 5), at(1, 2, 'get', 1, 6)])).toBe(0);
  expect(countOverlaps([at(0, 1, 'set', 0, 5), at(1, 2, 'get', 6, 7)])).toBe(0);
  expect(countOverlaps([at(0, 1, 'set', 0, 5), at(1, 2, 'get', 5, 7)])).toBe(1);
  expect(countOverlaps([at(0, 1, 'set', 0, 5), at(1, 2, 'set', 1, 2)])).toBe(2);
  expect(countOverlaps([at(0, 1, 'set', 0, 9), at(1, 2, 'get', 1, 2), at(2, 3, 'get', 3, 4)])).toBe(2);
});
