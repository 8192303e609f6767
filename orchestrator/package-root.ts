import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function find(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${import.meta.dirname}`);
  }
}

/** The folder that holds the package: a clone, or where npm unpacked it. */
export const packageRoot = find();

/** True in a clone, where the sources run by themselves; false for the built package. */
export const inClone = import.meta.filename.endsWith('.ts');
