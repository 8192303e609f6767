import { expect, it } from 'vitest';
import { httpDate } from './http-date.ts';

it('agrees with the platform for random moments of the next centuries and around midnight', () => {
  const midnight = Date.UTC(2031, 4, 4);
  const moments = [0, midnight - 1, midnight, midnight + 1, Date.UTC(9999, 11, 31, 23, 59, 59, 999)];
  for (let i = 0; i < 5_000; i += 1) moments.push(Math.floor((i * 2654435761) % 2 ** 43));
  for (const ms of moments) expect(httpDate(ms)).toBe(new Date(ms).toUTCString());
});
