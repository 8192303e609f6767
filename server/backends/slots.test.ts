import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

test('no more actions run at once than there are slots, in the order they came, and failures free their slot', async () => {
  const slots = createSlots(3);
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  const action = async (index: number): Promise<number> => {
    begun.push(index);
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    if (index % 4 === 0) throw new Error('failed');
    return index;
  };
  const settled = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => slots.run(() => action(index))));
  expect(most).toBe(3);
  expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(settled.filter(({ status }) => status === 'rejected').length).toBe(5);
  expect(await slots.run(async () => 'still free')).toBe('still free');
});
