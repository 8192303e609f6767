import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readArrows, readImports, rooms } from './read-arrows.ts';
import { renderRoomDiagram } from './render-room-diagram.ts';

it('every form of import is seen', () => {
  const source = `import './a.ts';
import { b } from './b.ts';
import type { c } from './c.ts';
import {
  d,
} from './d.ts';
export { e } from './e.ts';
const f = await import('./f.ts');
const text = "from './none.ts'";`;
  expect(readImports(source)).toEqual([
    { specifier: './a.ts', typesOnly: false },
    { specifier: './b.ts', typesOnly: false },
    { specifier: './c.ts', typesOnly: true },
    { specifier: './d.ts', typesOnly: false },
    { specifier: './e.ts', typesOnly: false },
    { specifier: './f.ts', typesOnly: false },
  ]);
});

let folder: string;
const files: Readonly<Record<string, string>> = {
  'suites/case.ts': "import type { Backend } from '../server/backend.ts';\nimport { x } from '../reports/schema.ts';",
  'suites/deep/other.ts': "import { x } from '../../reports/schema.ts';\nimport { y } from '../case.ts';",
  'suites/case.test.ts': "import '../orchestrator/run.ts';",
  'server/backend.ts': "import { readFile } from 'node:fs';",
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rooms-test-'));
  for (const room of rooms) await mkdir(join(folder, room, 'deep'), { recursive: true });
  for (const [path, source] of Object.entries(files)) await writeFile(join(folder, path), source);
});
afterAll(() => rm(folder, { recursive: true }));

it('arrows count modules of other rooms, once each and without tests', async () => {
  const arrows = await readArrows(folder);
  expect(arrows).toEqual([
    { from: 'suites', to: 'server', modules: 1, typesOnly: true },
    { from: 'suites', to: 'reports', modules: 1, typesOnly: false },
  ]);
  expect(renderRoomDiagram(arrows)).toContain('suites -- "1 module, types alone" --> server');
});
