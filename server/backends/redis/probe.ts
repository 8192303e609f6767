import type { Logger } from '../../log.ts';
import { maxHeadBytes } from '../../record.ts';
import type { BackendCapabilities, DurabilityProfile } from '../backend.ts';
import type { ScriptedRedis } from './scripts.ts';

/** The longest string Redis holds, and the default bound on one argument. */
const redisStringBytes = 512 * 1024 * 1024;
/** `appendfsync everysec` flushes once a second, and puts a write off for up to two while a flush is under way. */
const everysecWindowMs = 2_000;

export interface RedisProbe {
  /** Forgets the last answer and asks again; for every new connection. */
  readonly start: (client: ScriptedRedis) => void;
  /** What this connection was told; asks again where that failed. */
  readonly result: (client: ScriptedRedis) => Promise<BackendCapabilities>;
}

export function createProbe(log: Logger): RedisProbe {
  let answer: Promise<BackendCapabilities> | undefined;
  const ask = (client: ScriptedRedis): Promise<BackendCapabilities> => {
    const asked = probeRedis(client, log);
    answer = asked;
    asked.catch(() => {
      if (answer === asked) answer = undefined;
    });
    return asked;
  };
  return { start: (client) => void ask(client), result: (client) => answer ?? ask(client) };
}

/** Asks Redis what it is and how it keeps its data. Rejects as the driver does. */
async function probeRedis(client: ScriptedRedis, log: Logger): Promise<BackendCapabilities> {
  const server = readInfo(await client.info('server').catch(refusedAs('')));
  const appendonly = await readSetting(client, 'appendonly');
  const appendfsync = await readSetting(client, 'appendfsync');
  const evictionPolicy = await readSetting(client, 'maxmemory-policy');
  const maxArgumentBytes = Number((await readSetting(client, 'proto-max-bulk-len')) ?? redisStringBytes);
  if (evictionPolicy !== undefined && evictionPolicy !== 'noeviction') {
    log.warn(
      { evictionPolicy },
      'Redis may evict acknowledged records without an error; set maxmemory-policy noeviction',
    );
  }
  return {
    engine: 'redis',
    engineVersion: server.get('redis_version'),
    maxValueBytes: Math.min(redisStringBytes, maxArgumentBytes) - maxHeadBytes,
    atomicBatch: server.get('redis_mode') === 'cluster' ? 'collection' : 'store',
    expiryPrecisionMs: 1,
    durability: durabilityOf(appendonly, appendfsync),
  };
}

/** The lines of INFO as names and values. */
export function readInfo(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\r\n').map((line) => line.split(/:(.*)/, 2));
  return new Map(pairs.flatMap(([name, value]) => (name === undefined || value === undefined ? [] : [[name, value]])));
}

export function durabilityOf(appendonly: string | undefined, appendfsync: string | undefined): DurabilityProfile {
  const failover = 'a failover to a replica may lose more';
  if (appendonly === undefined || (appendonly === 'yes' && appendfsync === undefined)) {
    return {
      profile: 'unknown',
      windowMs: undefined,
      probedBy: 'Redis refuses CONFIG GET, so how it writes its data to disk is not known.',
    };
  }
  if (appendonly === 'yes' && appendfsync === 'always') {
    const probedBy = `CONFIG GET says appendonly yes, appendfsync always; ${failover}.`;
    return { profile: 'on-ack', windowMs: 0, probedBy };
  }
  if (appendonly === 'yes' && appendfsync === 'everysec') {
    const probedBy = `CONFIG GET says appendonly yes, appendfsync everysec; ${failover}.`;
    return { profile: 'prefix', windowMs: everysecWindowMs, probedBy };
  }
  const fsync = appendonly === 'yes' ? `, appendfsync ${appendfsync}` : '';
  return { profile: 'none', windowMs: undefined, probedBy: `CONFIG GET says appendonly ${appendonly}${fsync}.` };
}

/** undefined where Redis does not tell: managed services refuse CONFIG. */
async function readSetting(client: ScriptedRedis, name: string): Promise<string | undefined> {
  const reply: unknown = await client.config('GET', name).catch(refusedAs([]));
  return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined;
}

/** A refusal by Redis is an answer; a lost connection is not. */
function refusedAs<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && error.name === 'ReplyError') return value;
    throw error;
  };
}
