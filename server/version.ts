import { readFileSync } from 'node:fs';

/** What the bundler writes into the bundle. */
declare const COMMANDER_BUILD: { readonly version: string; readonly build: string } | undefined;

/** `build` is the commit that a bundle was made from, and `source` in a clone. */
export const { version, build } =
  typeof COMMANDER_BUILD === 'undefined' ? { version: readVersion(), build: 'source' } : COMMANDER_BUILD;

/** From the package.json above server/. */
function readVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}
