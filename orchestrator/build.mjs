// Writes dist/: the sources as JavaScript in the same folders, and the files beside them that are read at run time.
// Node does not strip types below node_modules, so an installed package runs from here.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const assets = ['suites/load/k6', 'docgen/templates', 'orchestrator/orchestrator.schema.json'];

rmSync(new URL('dist', root), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', '.', '--noEmit', 'false', '--outDir', 'dist', '--rootDir', '.'],
  { cwd: root, stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);
for (const asset of assets) {
  const from = new URL(asset, root);
  if (existsSync(from)) cpSync(from, new URL(`dist/${asset}`, root), { recursive: true });
}
