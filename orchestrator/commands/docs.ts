import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { UsageError } from '../usage-error.ts';
import type { Command } from './command.ts';

const program = join(packageRoot, 'docgen', 'main.ts');

export const docsCommand: Command = {
  name: 'docs',
  usage: 'docs',
  describe: 'Write the documentation from the code, the reports and a live server',
  positionals: [],
  options: { check: { type: 'boolean', describe: 'write nothing; fail when a page is stale' } },
  examples: [['$0 docs --check', 'in a pipeline']],
  async run(args, { folder, environment }) {
    if (!existsSync(program)) throw new UsageError('the documentation is written in a clone of the repository');
    const child = spawn(process.execPath, [program, ...(args.check === true ? ['--check'] : [])], {
      cwd: folder,
      env: { ...environment },
      stdio: 'inherit',
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  },
};
