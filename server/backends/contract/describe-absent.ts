import { describe, expect, test } from 'vitest';
import { environment } from './environment.ts';

/** An engine that is not here: named with the reason, and a failure where it is required. */
export function describeAbsent(name: string, reason: string): void {
  describe(`${name} (NOT TESTED: ${reason})`, () => {
    test.skipIf(!environment.required.has(name))('the engine is required', () => expect.fail(reason));
  });
}
