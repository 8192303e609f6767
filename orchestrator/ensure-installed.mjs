#!/usr/bin/env node
// Runs before `npm start` and `npm test`: installs the locked dependencies when they are missing or stale.
// Plain JavaScript for any Node that npm runs on; the locked set brings the Node that everything else runs on.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);

/** The versions that a lock file pins, by path; undefined when the file is missing or not readable. */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(new URL(file, root), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function isInstalled() {
  const wanted = lockedPackages('package-lock.json') ?? {};
  const present = lockedPackages('node_modules/.package-lock.json');
  if (present === undefined) return false;
  // Optional packages of other platforms are locked and rightly absent.
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional === true || present[path]?.version === version,
  );
}

if (!isInstalled()) {
  process.stderr.write('Installing the locked dependencies (npm ci), once.\n');
  const { status, error } = spawnSync('npm', ['ci'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error !== undefined || status !== 0) {
    process.stderr.write('npm ci failed; see above. Nothing else was started.\n');
    process.exit(status ?? 1);
  }
}
