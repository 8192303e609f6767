/**
 * Runs inside the server under test, before its own code (`node --import`): its system clock is ahead of the true one
 * by what a file says, read again all the time. Timers and the monotonic clock run on, as when a real clock is set.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { processEnvironment } from '../environment.ts';
import { clockVariable, type SeenClock, seenFile } from './clock-file.ts';

const intervalMs = 10;

const file = processEnvironment[clockVariable] ?? '';
const trueNow = Date.now;
let byMs = Number.NaN;

function look(): void {
  const said = Number(readFileSync(file, 'utf8'));
  if (said === byMs) return;
  byMs = said;
  const seen: SeenClock = { byMs, readMs: Date.now(), pid: process.pid };
  writeFileSync(seenFile(file), JSON.stringify(seen));
}

Date.now = () => trueNow() + byMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, given: unknown[], newTarget) =>
    Reflect.construct(target, given.length === 0 ? [Date.now()] : given, newTarget),
});
look();
setInterval(look, intervalMs).unref();
