/** `commander doctor`: reads the files of an embedded store through and says what is there. It changes nothing. */

import { storeFiles } from '../backends/registry.ts';
import type { Command } from './command.ts';
import { addDataFlag, readDataFlag, readTextFlag, renderBytes } from './store-flags.ts';

type Findings = Awaited<ReturnType<Awaited<ReturnType<typeof storeFiles>>['examine']>>;
type FileCheck = NonNullable<Findings['check']>;

export const doctorCommand: Command = {
  name: 'doctor',
  describe: 'Read the files of the embedded store through and say what is damaged',
  options: ['data', 'snapshot-folder'],
  booleans: [],
  build: (command) =>
    addDataFlag(command)
      .option('snapshot-folder', {
        type: 'string',
        describe: 'Folder of the snapshots, as of serve',
        requiresArg: true,
      })
      .example('$0 doctor --data /var/lib/commander', 'Exit code 1 when anything is damaged')
      .epilogue('A store that is served is not read: take a backup, which is checked.'),
  async run(flags) {
    const folder = readDataFlag(flags);
    const named = flags['snapshot-folder'] === undefined ? undefined : readTextFlag(flags, 'snapshot-folder');
    const { examine } = await storeFiles();
    const findings = await examine(folder, named);
    process.stdout.write(`${renderFindings(findings).join('\n')}\n`);
    return isSound(findings) ? 0 : 1;
  },
};

function isSound({ check, snapshots }: Findings): boolean {
  const whole = (file: FileCheck): boolean => file.sound && file.damagedRecords === 0;
  return (check === undefined || whole(check)) && snapshots.every((snapshot) => whole(snapshot.check));
}

function renderFindings({ check, snapshots, recoveries }: Findings): readonly string[] {
  return [
    `data: ${check === undefined ? 'in use by a server, not read' : renderCheck(check)}`,
    ...snapshots.map(({ path, check: seen }) => `snapshot ${path}: ${renderCheck(seen)}`),
    ...(snapshots.length === 0 ? ['snapshots: none'] : []),
    ...recoveries.map(({ quarantine, fault }) => `quarantine ${quarantine}: ${fault}`),
  ];
}

function renderCheck(check: FileCheck): string {
  if (!check.sound) return `DAMAGED, ${check.fault}`;
  const damaged = check.damagedRecords === 0 ? 'sound' : `${check.damagedRecords} records DAMAGED`;
  return `${damaged}, ${check.records} records, ${renderBytes(check.bytes)}`;
}
