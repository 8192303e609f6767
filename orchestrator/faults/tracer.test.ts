import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { processEnvironment } from '../environment.ts';
import { type Ledger, openLedger, readLedger } from '../ledger.ts';
import { identifyProcess } from '../process-identity.ts';
import { waitFor } from '../wait.ts';
import { attachTracer, probeTracer, processTree, type Tracer } from './tracer.ts';

// strace attaches as fast as the machine lets it.
vi.setConfig({ testTimeout: 60_000 });

const probe = await probeTracer(processEnvironment);
const never = new AbortController().signal;

let folder = '';
let ledger: Ledger;
let flusher: ChildProcess;
/** What the flusher has told, oldest first. */
let told: { readonly outcome: string; readonly tookMs: number }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracer-test-'));
  ledger = openLedger(folder, 'tracer-test');
  told = [];
  flusher = spawn(process.execPath, [join(import.meta.dirname, '..', 'fixtures', 'flusher.ts'), join(folder, 'file')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (flusher.stdout === null) throw new Error('no standard output');
  createInterface({ input: flusher.stdout }).on('line', (line) => {
    const [outcome = '', tookMs] = line.split(' ');
    told.push({ outcome, tookMs: Number(tookMs) });
  });
});

afterEach(() => {
  flusher.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function more(count: number): Promise<typeof told> {
  const from = told.length;
  const enough = async (): Promise<true | undefined> => (told.length >= from + count ? true : undefined);
  await waitFor(`${count} flushes`, enough, { timeoutMs: 20_000, intervalMs: 5 });
  return told.slice(from);
}

async function attach(tampering: string, signal = never, others: readonly number[] = []): Promise<Tracer> {
  await more(1);
  const pids = [flusher.pid ?? 0, ...others];
  return attachTracer({ pids, call: 'fdatasync', tampering, ledger, environment: processEnvironment, signal });
}

const outcomes = (flushes: typeof told): string[] => [...new Set(flushes.map(({ outcome }) => outcome))];

describe.runIf(probe.available)(`with ${probe.reason}`, () => {
  test('the call returns the error while the tracer is there, and none after', async () => {
    const tracer = await attach('error=EIO');
    await more(1);
    expect(outcomes(await more(5))).toEqual(['EIO']);
    await tracer.detach();
    expect(tracer.struck).toBeGreaterThan(5);
    expect(tracer.witness).toMatch(/fdatasync\(\d+\) += -1 EIO \(Input\/output error\) \(INJECTED\)/);
    await more(1);
    expect(outcomes(await more(5))).toEqual(['ok']);
  });

  test('a process that has ended meanwhile is no reason to wait', async () => {
    const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(ended, 'exit');
    const tracer = await attach('error=EIO', never, [ended.pid ?? 0]);
    await more(1);
    expect(outcomes(await more(5))).toEqual(['EIO']);
    await tracer.detach();
  });

  test('SIGKILL comes in place of the call that was named, not before and not after it', async () => {
    const tracer = await attach('signal=SIGKILL:when=40');
    const [code, signal] = await once(flusher, 'exit');
    expect([code, signal]).toEqual([null, 'SIGKILL']);
    await tracer.detach();
    expect(tracer.killed).toBe(true);
    expect(tracer.calls).toBe(40);
  });

  test('a delay makes the call take so much longer', async () => {
    const tracer = await attach('delay_enter=50000');
    await more(1);
    const slow = await more(5);
    expect(Math.min(...slow.map(({ tookMs }) => tookMs))).toBeGreaterThanOrEqual(50);
    await tracer.detach();
    expect(tracer.witness).toContain('(DELAYED)');
  });

  test('the ledger names it while it lives, and no longer', async () => {
    const tracer = await attach('error=EIO');
    expect(readLedger(ledger.file)?.resources).toMatchObject([
      { kind: 'process', what: `strace on process ${flusher.pid}` },
    ]);
    await tracer.detach();
    expect(readLedger(ledger.file)?.resources).toEqual([]);
    expect(identifyProcess(flusher.pid ?? 0)).toBeDefined();
  });

  test('it lets go by itself when the case is over', async () => {
    const over = new AbortController();
    await attach('error=EIO', over.signal);
    over.abort();
    const gone = async (): Promise<true | undefined> =>
      readLedger(ledger.file)?.resources.length === 0 ? true : undefined;
    await waitFor('strace to end', gone, { timeoutMs: 10_000 });
    await more(1);
    expect(outcomes(await more(3))).toEqual(['ok']);
  });

  test('a process that is gone is no victim, and strace says so', async () => {
    flusher.kill('SIGKILL');
    await once(flusher, 'exit');
    const pids = [flusher.pid ?? 0];
    const options = { pids, call: 'fdatasync', tampering: 'error=EIO', signal: never } as const;
    await expect(attachTracer({ ...options, ledger, environment: processEnvironment })).rejects.toThrow(
      /strace ended before it was attached: .*No such process/,
    );
    expect(readLedger(ledger.file)?.resources).toEqual([]);
  });
});

test('without strace the probe says what to install', async () => {
  expect(await probeTracer({ PATH: folder })).toMatchObject({
    available: false,
    mend: expect.stringMatching(/strace/),
  });
});

test('a process tree has the children of all threads', () => {
  expect(processTree(process.pid)).toContain(flusher.pid);
});
