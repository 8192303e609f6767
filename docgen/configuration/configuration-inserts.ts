import { DocsError } from '../docs-error.ts';
import { openStage, type StageOptions } from '../stage/stage.ts';
import { renderOptions } from './render-options.ts';

/** Asks both programs for their options. */
export async function configurationInserts(options: StageOptions): Promise<Readonly<Record<string, string>>> {
  await using stage = await openStage(options);
  const helpOf = async (command: string): Promise<string> => {
    const { printed, exitCode } = await stage.run(`${command} --help`);
    if (exitCode !== 0) throw new DocsError(`${command} --help failed: ${printed}`);
    return printed;
  };
  const server = { help: await helpOf('npx commander serve'), prefix: 'COMMANDER_', flagsAlone: ['config'] };
  const run = { help: await helpOf('npx orchestrator run'), prefix: 'ORCHESTRATOR_', flagsAlone: [] };
  return { server: renderOptions(server), run: renderOptions(run) };
}
