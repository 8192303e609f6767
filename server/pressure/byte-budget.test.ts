import { expect, test } from 'vitest';
import { createByteBudget } from './byte-budget.ts';

test('a budget takes what fits, refuses what does not, and has room again for what was given back', () => {
  const budget = createByteBudget(800_000);
  expect(budget.take(400_000)).toBe(true);
  expect(budget.take(400_000)).toBe(false);
  expect(budget.take(300_000)).toBe(true);
  expect(budget.held()).toBe(700_000);
  budget.giveBack(400_000);
  expect(budget.take(400_000)).toBe(true);
});

test('large pieces leave the last eighth to small ones', () => {
  const budget = createByteBudget(800_000);
  expect(budget.take(350_000) && budget.take(350_000)).toBe(true);
  expect(budget.take(70_000)).toBe(false);
  expect(budget.take(60_000)).toBe(true);
  expect(budget.take(40_000)).toBe(true);
  expect(budget.take(1)).toBe(false);
});

test('a piece larger than the whole budget is taken while there is no other, and then none is', () => {
  const budget = createByteBudget(1_000);
  expect(budget.take(5_000)).toBe(true);
  expect(budget.take(1)).toBe(false);
  budget.giveBack(5_000);
  expect(budget.take(1)).toBe(true);
  expect(budget.take(5_000)).toBe(false);
});
