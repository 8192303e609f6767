/** The machine's floor: a program that appends and flushes one operation after the other, and nothing else. */

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import type { Round } from './load-job.ts';
import { quantile } from './statistics.ts';
import { serveJobs } from './worker.ts';

export interface FlushJob {
  readonly file: string;
  readonly bytes: number;
  readonly seconds: number;
}

async function appendAndFlush(job: FlushJob): Promise<Round> {
  const operation = Buffer.alloc(job.bytes, 'x');
  const latenciesMs: number[] = [];
  const file = openSync(job.file, 'a');
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let now = startedAt;
  while (now - startedAt < job.seconds * 1000) {
    const before = now;
    writeSync(file, operation);
    fdatasyncSync(file);
    now = performance.now();
    latenciesMs.push(now - before);
  }
  closeSync(file);
  const { user, system } = process.cpuUsage(cpu);
  return {
    operations: latenciesMs.length,
    elapsedMs: now - startedAt,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    serverCpuMs: (user + system) / 1000,
    generatorCpuMs: null,
    serverAnonBytes: null,
  };
}

serveJobs(appendAndFlush);
