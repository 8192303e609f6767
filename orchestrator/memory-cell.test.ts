import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processEnvironment } from './environment.ts';
import { type Ledger, openLedger, readLedger } from './ledger.ts';
import { findCellParent, openMemoryCell, probeMemoryCell } from './memory-cell.ts';
import { identifyProcess } from './process-identity.ts';
import { undo } from './undo.ts';

const probe = await probeMemoryCell();
const limitBytes = 100_000_000;

let folder = '';
let ledger: Ledger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-cell-test-'));
  ledger = openLedger(folder, 'cell-test');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const node = (script: string) => ({ command: process.execPath, arguments: ['-e', script] });

describe.runIf(probe.available)(`a cell (${probe.reason})`, () => {
  test('is what the process inside takes for its memory', async () => {
    await using cell = openMemoryCell(limitBytes, ledger);
    const program = cell.inside(node('console.log(process.constrainedMemory())'));
    const { stdout } = await promisify(execFile)(program.command, program.arguments);
    // Kept in whole pages.
    expect(Math.abs(Number(stdout) - limitBytes)).toBeLessThan(4096);
    expect(Math.abs(cell.use().limitBytes - limitBytes)).toBeLessThan(4096);
  });

  test('ends the process that wants more, and counts that', async () => {
    await using cell = openMemoryCell(limitBytes, ledger);
    const program = cell.inside(node('globalThis.held = Buffer.alloc(300_000_000, 1)'));
    const child = spawn(program.command, program.arguments, { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const { kills, peakBytes } = cell.use();
    expect(kills).toBe(1);
    expect(peakBytes).toBeGreaterThan(limitBytes * 0.9);
  });

  test('holds the program under the pid of its start', async () => {
    await using cell = openMemoryCell(limitBytes, ledger);
    const program = cell.inside(node('console.log(process.pid); setInterval(() => {}, 1000)'));
    const child = spawn(program.command, program.arguments, { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = await once(child.stdout, 'data');
    expect(Number(String(line))).toBe(child.pid);
    expect(cell.holds(child.pid ?? 0)).toBe(true);
    expect(cell.holds(process.pid)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  test('is in the ledger from before it is made until it is gone', async () => {
    const cell = openMemoryCell(limitBytes, ledger);
    expect(readLedger(ledger.file)?.resources).toEqual([{ kind: 'cgroup', path: cell.path }]);
    await cell[Symbol.asyncDispose]();
    expect(existsSync(cell.path)).toBe(false);
    expect(readLedger(ledger.file)?.resources).toEqual([]);
  });

  test('is undone after the process in it', async () => {
    const cell = openMemoryCell(limitBytes, ledger);
    const program = cell.inside(node('setInterval(() => {}, 1000)'));
    const child = spawn(program.command, program.arguments, { stdio: 'ignore' });
    await once(child, 'spawn');
    const identity = identifyProcess(child.pid ?? 0) ?? null;
    ledger.enter({ kind: 'process', what: 'a sleeper', identity });
    const content = readLedger(ledger.file);
    if (content === undefined) throw new Error('no ledger');
    expect(await undo(content, processEnvironment)).toEqual([]);
    expect(existsSync(cell.path)).toBe(false);
  });
});

describe('where cells can be made', () => {
  test('by version 2 it is the nearest group above our own that gives its children memory', () => {
    const slice = join(folder, 'user.slice', 'run.scope');
    mkdirSync(join(slice, 'shell'), { recursive: true });
    writeFileSync(join(slice, 'cgroup.subtree_control'), 'cpu memory pids\n');
    const self = join(folder, 'self');
    writeFileSync(self, '0::/user.slice/run.scope/shell\n');
    // A folder that is no group has no file with a limit: nothing is found, and nothing is left behind.
    expect(findCellParent(folder, self)).toBeUndefined();
    expect(existsSync(join(slice, `commander-trial-${process.pid}`))).toBe(false);
  });

  test('without control groups there is no place', () => {
    expect(findCellParent(folder, join(folder, 'absent'))).toBeUndefined();
  });
});
