/** Writes docs/ from the running server, the templates and the promoted reports; with --check compares only. */

import { posix } from 'node:path';
import { parseArgs } from 'node:util';
import { DocsError } from './docs-error.ts';
import { findStale, type RenderedPages, renderStale, writePages } from './docs-folder.ts';
import { findBrokenLinks } from './find-broken-links.ts';
import { docsCommand } from './page.ts';
import { pages } from './pages.ts';
import { renderPages } from './render-pages.ts';
import { docsFolder } from './repository.ts';

const exitCodes = { done: 0, wrong: 1, usage: 2, interrupted: 130 } as const;
type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const usage = `${docsCommand} [--check]

Writes the pages of docs/, with every example executed.
  --check  write nothing; exit 1 and name the pages that are not up to date
`;

async function main(argv: readonly string[]): Promise<ExitCode> {
  const flags = readFlags(argv);
  if (flags === undefined || flags.help) {
    (flags === undefined ? process.stderr : process.stdout).write(usage);
    return flags === undefined ? exitCodes.usage : exitCodes.done;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    // biome-ignore lint/style/noProcessEnv: the one place that reads the environment
    const searchPath = process.env.PATH ?? '';
    const rendered = await renderPages(pages, { searchPath, signal: stop.signal });
    const broken = findBrokenLinks(docsFolder, rendered);
    if (broken.length > 0) throw new DocsError(`These links lead nowhere:\n  ${broken.join('\n  ')}`);
    return flags.check ? await check(rendered) : await write(rendered);
  } catch (error) {
    if (stop.signal.aborted) return exitCodes.interrupted;
    if (!(error instanceof DocsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exitCodes.wrong;
  }
}

function readFlags(argv: readonly string[]): { readonly check: boolean; readonly help: boolean } | undefined {
  try {
    const options = { check: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const;
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n`);
    return undefined;
  }
}

async function write(rendered: RenderedPages): Promise<ExitCode> {
  const stale = await findStale(docsFolder, rendered);
  await writePages(docsFolder, rendered);
  for (const { path } of stale) process.stdout.write(`${posix.join('docs', path)}\n`);
  process.stdout.write(`docs: ${rendered.size} pages, ${stale.length} of them changed\n`);
  return exitCodes.done;
}

async function check(rendered: RenderedPages): Promise<ExitCode> {
  const stale = await findStale(docsFolder, rendered);
  for (const page of stale) process.stdout.write(`${renderStale(page)}\n`);
  if (stale.length === 0) {
    process.stdout.write(`docs: ${rendered.size} pages up to date\n`);
    return exitCodes.done;
  }
  process.stdout.write(`docs: ${stale.length} of ${rendered.size} pages stale; ${docsCommand} writes them\n`);
  return exitCodes.wrong;
}

process.exitCode = await main(process.argv.slice(2));
