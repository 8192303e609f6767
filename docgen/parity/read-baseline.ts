import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkReport, ReportRefused } from '../../reports/check-report.ts';
import type { RunReport } from '../../reports/schema.ts';
import { DocsError } from '../docs-error.ts';

export interface Baseline {
  /** File name without `.json`. */
  readonly name: string;
  readonly report: RunReport;
}

/** The promoted runs, by name. Throws DocsError for one that breaks its contract. */
export async function readBaseline(folder: string): Promise<readonly Baseline[]> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (file) => ({
      name: file.slice(0, -'.json'.length),
      report: parse(file, await readFile(join(folder, file), 'utf8')),
    })),
  );
}

function parse(file: string, text: string): RunReport {
  try {
    return checkReport(JSON.parse(text));
  } catch (cause) {
    if (!(cause instanceof ReportRefused || cause instanceof SyntaxError)) throw cause;
    throw new DocsError(`reports/baseline/${file}: ${cause.message}`, { cause });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
