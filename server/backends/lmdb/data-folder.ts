/** What must hold before LMDB opens a folder: a damaged or foreign file ends the process inside native code. */

import { access, constants, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../configuration-error.ts';

/** Layout of the databases inside data.mdb; a server refuses a folder with a greater one. */
export const formatVersion = 1;

const pageSizes = new Set([4096, 8192, 16_384, 32_768, 65_536]);
const metaMagic = 0xbe_ef_c0_de;

/** Makes the folder when it is missing. Throws ConfigurationError that says what is wrong and how to mend it. */
export async function prepareDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigurationError(`The data folder ${folder} cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
  await checkFormat(folder);
  await checkHeader(join(folder, 'data.mdb'));
}

async function checkFormat(folder: string): Promise<void> {
  const path = join(folder, 'format.json');
  const text = await readOptional(path);
  if (text === undefined) {
    await writeFile(path, `${JSON.stringify({ format: formatVersion })}\n`);
    return;
  }
  const format = parseFormat(text);
  if (format === undefined) {
    throw new ConfigurationError(`${path} does not say a format version. Is ${folder} a data folder of Commander?`);
  }
  if (format > formatVersion) {
    throw new ConfigurationError(
      `${folder} has format ${format}; this server reads up to ${formatVersion}. Use a newer server, or another folder.`,
    );
  }
}

function parseFormat(text: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('format' in parsed)) return undefined;
    return typeof parsed.format === 'number' && Number.isInteger(parsed.format) ? parsed.format : undefined;
  } catch {
    return undefined;
  }
}

/**
 * LMDB's two meta pages (mdb.c, MDB_meta): magic at +0x18, page size at +0x30, last page at +0x90 of each page.
 * Offsets are those of the 64-bit little-endian build that the native module ships.
 */
async function checkHeader(path: string): Promise<void> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw new ConfigurationError(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
  await using _ = file;
  const { size } = await file.stat();
  if (size === 0) throw damaged(path, 'it is empty');
  const head = Buffer.alloc(0xa0);
  await file.read(head, 0, head.length, 0);
  const pageSize = head.readUInt32LE(0x30);
  if (head.readUInt32LE(0x18) !== metaMagic || !pageSizes.has(pageSize)) throw damaged(path, 'its header is damaged');
  const second = Buffer.alloc(0xa0);
  await file.read(second, 0, second.length, pageSize);
  if (second.readUInt32LE(0x18) !== metaMagic) throw damaged(path, 'its second header is damaged');
  const newest = head.readBigUInt64LE(0x98) >= second.readBigUInt64LE(0x98) ? head : second;
  if (BigInt(size) < (newest.readBigUInt64LE(0x90) + 1n) * BigInt(pageSize)) throw damaged(path, 'it is cut short');
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
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigurationError(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
