import { processEnvironment } from './environment.ts';
import { janitorArgument, keepWatch } from './janitor.ts';

/** Resolves with the exit code: 0 passed, 1 findings, 2 usage, 3 inconclusive, 130 and 143 after a signal. */
export async function main(argv: readonly string[]): Promise<number> {
  // A janitor needs none of the commands, and must not depend on what they load.
  if (argv[0] === janitorArgument) return keepWatch(argv[1] ?? '', processEnvironment);
  const { runCommandLine } = await import('./command-line.ts');
  return runCommandLine(argv);
}
