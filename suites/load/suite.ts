import type { Suite } from '../suite.ts';
import { mixedCases } from './mixed.ts';

export const load: Suite = {
  name: 'load',
  title: 'Right answers at a constant rate of requests, and how long they take',
  cases: mixedCases,
};
