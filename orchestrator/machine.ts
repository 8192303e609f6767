import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Probe, RunReport } from '../reports/schema.ts';
import { packageRoot } from './package-root.ts';

export function describeMachine(engine: Probe | undefined): RunReport['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    engine: engine?.available === true ? engine.reason : null,
    node: process.version,
    root: isRoot(),
  };
}

export function isRoot(): boolean {
  return userInfo().uid === 0;
}

function git(...args: string[]): string | undefined {
  try {
    const said = execFileSync('git', args, {
      cwd: packageRoot,
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return said.trim();
  } catch {
    return undefined;
  }
}

/** Which harness judged: its version and, in a clone, the commit and whether the tree differs from it. */
export function describeHarness(): RunReport['harness'] {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  if (!existsSync(join(packageRoot, '.git'))) return { version, commit: null, dirty: false };
  const commit = git('rev-parse', 'HEAD') ?? null;
  return { version, commit, dirty: (git('status', '--porcelain') ?? '') !== '' };
}
