/** What must hold before LMDB opens a folder: a damaged or foreign file ends the process inside native code. */

import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../configuration-error.ts';

/** Layout of the databases inside data.mdb; a server refuses a folder with a greater one. */
export const formatVersion = 1;

const pageSizes = new Set([4096, 8192, 16_384, 32_768, 65_536]);
const metaMagic = 0xbe_ef_c0_de;
/** Of the pages' layout (mdb.c, MDB_DATA_VERSION of lmdb-js 3.5); the native code crashes on another one. */
const metaVersion = 2;

/**
 * Makes the folder when it is missing; call `markDataFolder` once the store in it is open.
 * Throws ConfigurationError that says what is wrong and how to mend it.
 */
export async function prepareDataFolder(folder: string): Promise<void> {
  try {
    // Others on the machine have no business in it.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigurationError(`The data folder ${folder} cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
  const marked = await checkFormat(folder);
  for (const name of ['data.mdb', 'lock.mdb']) await checkFile(join(folder, name));
  await checkHeader(join(folder, 'data.mdb'), { mayBeEmpty: !marked });
}

/**
 * Writes the format, which also says that there was a database: from then on an empty file is damage, and not what a
 * first start left that found the disk full.
 */
export async function markDataFolder(folder: string): Promise<void> {
  const path = join(folder, 'format.json');
  if ((await readOptional(path)) !== undefined) return;
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
  const text = await readOptional(path);
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

/**
 * LMDB's two meta pages (mdb.c, MDB_meta): magic at +0x18, version at +0x1c, page size at +0x30, last page at +0x90 of
 * each page.
 * Offsets are those of the 64-bit little-endian build that the native module ships.
 */
async function checkHeader(path: string, options: { readonly mayBeEmpty: boolean }): Promise<void> {
  const meta = await readMetaPages(path);
  if (meta === undefined) return;
  const { size, head, second, pageSize } = meta;
  if (size === 0 && options.mayBeEmpty) return;
  if (size === 0) throw damaged(path, 'it is empty');
  if (head.readUInt32LE(0x18) !== metaMagic || !pageSizes.has(pageSize)) throw damaged(path, 'its header is damaged');
  if (second.readUInt32LE(0x18) !== metaMagic) throw damaged(path, 'its second header is damaged');
  for (const page of [head, second]) {
    const version = page.readUInt32LE(0x1c);
    if (version !== metaVersion) throw damaged(path, `it has version ${version}, not ${metaVersion}`);
  }
  const newest = head.readBigUInt64LE(0x98) >= second.readBigUInt64LE(0x98) ? head : second;
  if (BigInt(size) < (newest.readBigUInt64LE(0x90) + 1n) * BigInt(pageSize)) throw damaged(path, 'it is cut short');
}

interface MetaPages {
  readonly size: number;
  readonly head: Buffer;
  readonly second: Buffer;
  /** As the first page says; it need not be one. */
  readonly pageSize: number;
}

/** What is beyond the end of the file reads as zeros; undefined when there is no file. */
async function readMetaPages(path: string): Promise<MetaPages | undefined> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const head = Buffer.alloc(0xa0);
    await file.read(head, 0, head.length, 0);
    const pageSize = head.readUInt32LE(0x30);
    const second = Buffer.alloc(0xa0);
    await file.read(second, 0, second.length, pageSize);
    return { size, head, second, pageSize };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new ConfigurationError(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

function damaged(path: string, how: string): ConfigurationError {
  return new ConfigurationError(
    `${path} is not a sound LMDB file: ${how}. Move it away and restore a copy; nothing was changed.`,
  );
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new ConfigurationError(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
