/** `commander backup`: a checked copy of the embedded store, while it is served or not. */

import { CopyFailure } from '../backends/copy-failure.ts';
import { storeFiles } from '../backends/registry.ts';
import type { Command } from './command.ts';
import { addDataFlag, readDataFlag, readTextFlag, renderBytes } from './store-flags.ts';

export const backupCommand: Command = {
  name: 'backup',
  describe: 'Copy the embedded store to one file, while it is served or not',
  options: ['data', 'to'],
  booleans: [],
  build: (command) =>
    addDataFlag(command)
      .option('to', { type: 'string', describe: 'File to write; it must not exist', requiresArg: true })
      .example('$0 backup --data /var/lib/commander --to /mnt/usb/commander.mdb', 'One consistent, checked copy'),
  async run(flags) {
    const [folder, to] = [readDataFlag(flags), readTextFlag(flags, 'to')];
    const { backUp } = await storeFiles();
    try {
      const copy = await backUp(folder, to);
      const damaged = copy.damagedRecords === 0 ? '' : `, ${copy.damagedRecords} of them damaged, as in the store`;
      process.stdout.write(`${to}: ${copy.records} records${damaged}, ${renderBytes(copy.bytes)}\n`);
      return copy.damagedRecords === 0 ? 0 : 1;
    } catch (error) {
      if (!(error instanceof CopyFailure)) throw error;
      process.stderr.write(`commander: There is no backup: ${error.message}.\n`);
      return 1;
    }
  },
};
