import { expect, test } from 'vitest';
import { createEventLoopLoad } from './event-loop-load.ts';

test('one late look is no load, two in a row are, and one in time ends it', () => {
  const load = createEventLoopLoad(100);
  load.look(5_000);
  expect(load.isOverloaded()).toBe(false);
  load.look(101);
  expect(load.isOverloaded()).toBe(true);
  load.look(100);
  expect(load.isOverloaded()).toBe(false);
});

test('a bound of 0 is none', () => {
  const load = createEventLoopLoad(0);
  for (let looks = 0; looks < 5; looks += 1) load.look(60_000);
  expect(load.isOverloaded()).toBe(false);
});
