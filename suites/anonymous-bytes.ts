import { readFile } from 'node:fs/promises';
import { CaseInconclusive } from './verdict.ts';

/** Memory that no file backs: an embedded store maps its data. */
export async function anonymousBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kilobytes === undefined) throw new CaseInconclusive('environment', 'this system does not tell anonymous memory');
  return Number(kilobytes) * 1024;
}
