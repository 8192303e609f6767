import { CommanderError } from '../errors.ts';
import type { DamagedItem, ListedRecord } from './backend.ts';

/** What `read` gives for a key of a page, undefined for none; that it is damaged where `read` throws so. */
export function readListItem<T extends ListedRecord | undefined>(key: string, read: () => T): T | DamagedItem {
  try {
    return read();
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'record_corrupt') return { key, damaged: true };
    throw error;
  }
}
