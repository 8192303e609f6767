import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const rooms = ['server', 'suites', 'orchestrator', 'docgen', 'reports'];

interface Cruise {
  readonly modules: readonly unknown[];
  readonly summary: { readonly violations: readonly { readonly rule: { readonly name: string } }[] };
}

/** Exit codes count violations, so a failure is read from the output, never from the status. */
function cruise(folder: string): Promise<Cruise> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rooms];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 27 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`dependency-cruiser said nothing: ${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout) as Cruise);
    });
  });
}

/** For each rule of .dependency-cruiser.cjs files that break it, and nothing else. */
const planted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'server-imports': { 'server/a.ts': "import '../suites/x.ts';", 'suites/x.ts': 'export {};' },
  'reports-imports': { 'reports/a.ts': "import '../suites/x.ts';", 'suites/x.ts': 'export {};' },
  'suites-imports': { 'suites/a.ts': "import '../server/x.ts';", 'server/x.ts': 'export {};' },
  'orchestrator-imports': { 'orchestrator/a.ts': "import '../server/x.ts';", 'server/x.ts': 'export {};' },
  'docgen-imports': { 'docgen/a.ts': "import '../orchestrator/x.ts';", 'orchestrator/x.ts': 'export {};' },
  'contract-as-types': {
    'suites/a.ts': "import { backend } from '../server/backends/backend.ts'; export const a = backend;",
    'server/backends/backend.ts': 'export const backend = 1;',
  },
  'engine-folders': { 'server/a.ts': "import './backends/redis/x.ts';", 'server/backends/redis/x.ts': 'export {};' },
  'engines-apart': {
    'server/backends/lmdb/a.ts': "import '../redis/x.ts';",
    'server/backends/redis/x.ts': 'export {};',
  },
  'defects-apart': {
    'suites/a.ts': "import './defects/plants/x.ts';",
    'suites/defects/plants/x.ts': 'export {};',
  },
  'no-cycles': { 'docgen/a.ts': "import './b.ts';", 'docgen/b.ts': "import './a.ts';" },
  resolvable: { 'docgen/a.ts': "import './missing.ts';" },
};

describe('rooms', () => {
  const scratch: string[] = [];
  afterAll(async () => {
    for (const folder of scratch) await rm(folder, { recursive: true });
  });

  it.each(Object.keys(planted))('a planted violation of %s is found', async (rule) => {
    const folder = await mkdtemp(join(tmpdir(), 'commander-rooms-'));
    scratch.push(folder);
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      await cp(join(root, name), join(folder, name));
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const room of rooms) await mkdir(join(folder, room));
    for (const [path, text] of Object.entries(planted[rule] ?? {})) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const { summary } = await cruise(folder);
    expect(new Set(summary.violations.map((violation) => violation.rule.name))).toEqual(new Set([rule]));
  });

  it('the tree keeps every rule', async () => {
    const { modules, summary } = await cruise(root);
    expect(modules.length).toBeGreaterThan(60);
    expect(summary.violations).toEqual([]);
  });
});
