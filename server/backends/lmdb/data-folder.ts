/** What must hold of a folder and of what lies in it before anything reads a file of it. */

import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../configuration-error.ts';
import { isMissing, readOptional } from './recovery/files.ts';

/** Layout of the databases inside data.mdb; a server refuses a folder with a greater one. */
export const formatVersion = 1;

/**
 * Makes the folder when it is missing; call `markDataFolder` once the store in it is open. `marked`: it was called before.
 * Throws ConfigurationError that says what is wrong and how to mend it.
 */
export async function prepareDataFolder(folder: string): Promise<{ readonly marked: boolean }> {
  try {
    // Others on the machine have no business in it.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigurationError(`The data folder ${folder} cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
  const marked = await checkFormat(folder);
  for (const name of ['data.mdb', 'lock.mdb']) await checkFile(join(folder, name));
  return { marked };
}

/**
 * Writes the format, which also says that there was a database: from then on an empty file is damage, and not what a
 * first start left that found the disk full.
 */
export async function markDataFolder(folder: string): Promise<void> {
  const path = join(folder, 'format.json');
  if ((await readFormat(path)) !== undefined) return;
  // A name of its own: another process may start on the folder at this moment.
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await using file = await open(unfinished, 'w');
    await file.writeFile(`${JSON.stringify({ format: formatVersion })}\n`);
    await file.sync();
    await rename(unfinished, path);
    await using entries = await open(folder, 'r');
    await entries.sync();
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be written: ${reasonOf(error)}.`, { cause: error });
  }
}

/** False when the folder does not say its format yet. */
async function checkFormat(folder: string): Promise<boolean> {
  const path = join(folder, 'format.json');
  const text = await readFormat(path);
  if (text === undefined) return false;
  const format = parseFormat(text);
  if (format === undefined) {
    throw new ConfigurationError(`${path} does not say a format version. Is ${folder} a data folder of Commander?`);
  }
  if (format > formatVersion) {
    throw new ConfigurationError(
      `${folder} has format ${format}; this server reads up to ${formatVersion}. Use a newer server, or another folder.`,
    );
  }
  return true;
}

/** The native code crashes on a file that it cannot open. */
async function checkFile(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isFile()) throw new Error('it is not a file');
    await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (isMissing(error)) return;
    throw new ConfigurationError(`${path} cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
}

function parseFormat(text: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('format' in parsed)) return undefined;
    const { format } = parsed;
    return typeof format === 'number' && Number.isInteger(format) && format >= 1 ? format : undefined;
  } catch {
    return undefined;
  }
}

async function readFormat(path: string): Promise<string | undefined> {
  try {
    return await readOptional(path);
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
