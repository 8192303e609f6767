/** What the servers of cases log on purpose. */

import type { Provoked } from '../suite.ts';

/** Where the fault makes commits fail. */
export const failedCommit: Provoked = {
  'a line that the server did not log': 'the native code of LMDB prints itself why a commit failed',
};

/** Where what a fault left of the data cannot be opened. */
export const refusedFolder: Provoked = {
  'a line that the server did not log': 'a server that refuses its folder says so in a line for a person',
};
