/**
 * A file that is there to be given up. When others have filled the disk to its last byte, not even a delete finds the
 * few pages that it copies; then this file goes, and the deletes make room for themselves from there on.
 */

import { randomFillSync } from 'node:crypto';
import { rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SpareFile {
  readonly bytes: number;
  readonly isGone: boolean;
  /** True when there was one to give up. */
  release(): boolean;
  /** Makes it when there is none, as far as there is room. */
  restore(): void;
}

const bytes = 1_000_000;
const name = 'spare';

export function openSpareFile(folder: string): SpareFile {
  const path = join(folder, name);
  let isGone = statSync(path, { throwIfNoEntry: false })?.size !== bytes;
  return {
    bytes,
    get isGone() {
      return isGone;
    },
    release() {
      try {
        unlinkSync(path);
        return true;
      } catch {
        return false;
      } finally {
        isGone = true;
      }
    },
    restore() {
      try {
        // A file system may keep zeros without a block.
        writeFileSync(path, randomFillSync(Buffer.allocUnsafe(bytes)));
        isGone = false;
      } catch {
        rmSync(path, { force: true });
      }
    },
  };
}
