import { readFileSync } from 'node:fs';

/** From the package.json above this file, in the clone (server/) and in the packed form (dist/server/) alike. */
export const version: string = readVersion();

function readVersion(): string {
  for (const above of ['../package.json', '../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(above, import.meta.url), 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return 'unknown';
}
