import type { Answer } from '../answer.ts';
import { expectHeader, expectStatus } from '../check.ts';
import type { CaseOptions } from '../define-case.ts';

/** A server of its own with these flags of a cache, whose clock stands still until the case moves it. */
export function cachedServer(...flags: readonly string[]): CaseOptions {
  return {
    isolation: 'server',
    requires: ['server', 'testing.clock'],
    serverFlags: ['--testing-seed', '1', ...flags],
    costMs: 600,
  };
}

export function expectHit(answer: Answer): Answer {
  expectHeader(expectStatus(answer, 200), 'x-cache', 'hit');
  expectHeader(answer, 'age', /^\d+$/);
  return answer;
}

export function expectMiss(answer: Answer): Answer {
  expectHeader(expectStatus(answer, 200), 'x-cache', 'miss');
  expectHeader(answer, 'age', undefined);
  return answer;
}
