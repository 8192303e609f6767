import type { Suite } from '../suite.ts';
import { collectionCases } from './collections.ts';
import { coordinationCases } from './coordination.ts';
import { deviceCases } from './devices.ts';
import { sessionCases } from './sessions.ts';

export const e2e: Suite = {
  name: 'e2e',
  title: 'What people build on it, from end to end',
  cases: [...sessionCases, ...coordinationCases, ...deviceCases, ...collectionCases],
};
