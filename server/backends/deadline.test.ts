import { expect, test } from 'vitest';
import { codeOf, codeOfRejection } from '../test-support/code-of.ts';
import { Deadline } from './deadline.ts';

const never = new Promise<never>(() => undefined);

test('work that ends in time settles as it does', async () => {
  const deadline = new Deadline(10_000);
  const failure = new Error('from the work');
  expect(await deadline.bound(Promise.resolve('value'), 'The write')).toBe('value');
  await expect(deadline.bound(Promise.reject(failure), 'The write')).rejects.toBe(failure);
});

test('work that does not end in time is an outage, and the message says what and how long', async () => {
  await expect(new Deadline(20).bound(never, 'The write')).rejects.toMatchObject({
    code: 'store_unavailable',
    message: 'The write did not finish within 20 ms.',
  });
});

test('a deadline counts from its making, not from each call', async () => {
  const deadline = new Deadline(1);
  expect(await codeOfRejection(deadline.bound(never, 'First'))).toBe('store_unavailable');
  expect(deadline.remainingMs()).toBe(0);
  expect(codeOf(() => deadline.check('Second'))).toBe('store_unavailable');
  expect(await codeOfRejection(deadline.bound(never, 'Third'))).toBe('store_unavailable');
});

test('a failure that comes after the deadline ends nothing', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => {
    unhandled.push(reason);
  };
  process.on('unhandledRejection', note);
  try {
    const work = Promise.withResolvers<never>();
    expect(await codeOfRejection(new Deadline(5).bound(work.promise, 'The write'))).toBe('store_unavailable');
    work.reject(new Error('late'));
    // Unhandled rejections are told after the microtasks of a turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('a deadline that has time left neither throws nor keeps the process', () => {
  const deadline = new Deadline(10_000);
  expect(codeOf(() => deadline.check('The read'))).toBeUndefined();
  expect(deadline.remainingMs()).toBeGreaterThan(0);
  expect(deadline.remainingMs()).toBeLessThanOrEqual(10_000);
  const signal = deadline.signal();
  expect(signal.aborted).toBe(false);
});

test('bound leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await new Deadline(60_000).bound(Promise.resolve(), 'The write');
  expect(timers()).toBe(before);
});

test('the signal aborts when the deadline passes', async () => {
  const signal = new Deadline(5).signal();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  expect(new Deadline(0).signal()).toBeInstanceOf(AbortSignal);
});
