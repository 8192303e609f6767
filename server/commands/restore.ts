/** `commander restore`: puts a snapshot in the place of an embedded store. What was there is kept. */

import { storeFiles } from '../backends/registry.ts';
import type { Command } from './command.ts';
import { addDataFlag, readDataFlag, readTextFlag } from './store-flags.ts';

export const restoreCommand: Command = {
  name: 'restore',
  describe: 'Put a snapshot in the place of the embedded store; what was there is kept aside',
  options: ['data', 'from'],
  booleans: [],
  build: (command) =>
    addDataFlag(command)
      .option('from', { type: 'string', describe: 'Snapshot, or file that backup wrote', requiresArg: true })
      .example('$0 restore --data /var/lib/commander --from /mnt/usb/commander.mdb', 'While no server uses the folder'),
  async run(flags) {
    const [folder, from] = [readDataFlag(flags), readTextFlag(flags, 'from')];
    const { restore } = await storeFiles();
    const { records, damagedRecords, quarantine } = await restore(folder, from);
    const damaged = damagedRecords === 0 ? '' : `, ${damagedRecords} of them damaged`;
    const kept = quarantine === undefined ? '' : `What was there before is in ${quarantine}\n`;
    process.stdout.write(`${folder}: ${records} records from ${from}${damaged}\n${kept}`);
    return 0;
  },
};
