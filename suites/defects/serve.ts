/**
 * A server with one defect, for `orchestrator prove`: `node serve.ts DEFECT serve FLAGS`. No registry imports this
 * file and no bundle holds it.
 */

import { createServeCommand } from '../../server/commands/serve-command.ts';
import { main } from '../../server/main.ts';
import { plants } from './plants/registry.ts';

const [name = '', ...argv] = process.argv.slice(2);
const plant = plants[name];
if (plant === undefined) {
  process.stderr.write(`There is no defect ${name}; there are ${Object.keys(plants).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await main(argv, [createServeCommand(plant())]);
}
