import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { CaseResult } from '../reports/schema.ts';
import type { Stage } from '../suites/suite.ts';

/** What a case said of itself, as its result takes it. */
type Noted = Pick<CaseResult, 'measurements' | 'vacuity' | 'faults' | 'operations' | 'history'>;

export interface CaseNotes {
  readonly note: Stage['note'];
  noted(): Noted;
}

const compress = promisify(zstdCompress);

async function storeHistory(runFolder: string, path: string, lines: Iterable<string>): Promise<string> {
  const packed = await compress(Buffer.from([...lines].map((line) => `${line}\n`).join('')));
  const file = join(runFolder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, packed);
  return createHash('sha256').update(packed).digest('hex');
}

/** `name` is unique to the case in its run and may stand in a file name. */
export function createCaseNotes(runFolder: string, name: string): CaseNotes {
  const measurements: Noted['measurements'] = [];
  const vacuity: Noted['vacuity'] = [];
  const faults: Noted['faults'] = [];
  const operations = { ok: 0, fail: 0, info: 0 };
  let history: Noted['history'] = null;
  return {
    note: {
      measurement: (measurement) => void measurements.push({ ...measurement }),
      vacuity: (guard) => void vacuity.push({ ...guard }),
      fault: (fault) => void faults.push({ ...fault }),
      operations(counts) {
        operations.ok += counts.ok;
        operations.fail += counts.fail;
        operations.info += counts.info;
      },
      async history(lines, checkerVersion) {
        const path = join('histories', `${name}.ndjson.zst`);
        history = { path, sha256: await storeHistory(runFolder, path, lines), checkerVersion };
      },
    },
    noted: () => ({ measurements, vacuity, faults, operations, history }),
  };
}
