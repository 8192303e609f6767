#!/usr/bin/env node
// Starts the server's command line: from source in a clone, from dist/ in an installed package.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(`commander needs Node 24.15 or newer; this is ${process.version}.\n`);
  process.exit(2);
}
const source = new URL('./main.ts', import.meta.url);
const built = new URL('../dist/server/main.js', import.meta.url);
const { main } = await import(existsSync(source) ? source.href : built.href);
process.exitCode = await main(process.argv.slice(2));
