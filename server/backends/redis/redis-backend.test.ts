/** What the contract cannot ask of every engine, on a real Redis. */

import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../configuration-error.ts';
import type { Logger } from '../../log.ts';
import type { Backend } from '../backend.ts';
import { inParallel, until } from '../contract/contract-case.ts';
import { createClock, createContext } from '../contract/engines.ts';
import { openLink } from '../contract/link.ts';
import { findRedis, type Store } from '../contract/stores.ts';
import { at, callAt, keep, none, type Shelf, type Subject, shelfOf } from '../contract/subject.ts';
import { maxExaminedPerPage } from '../limits.ts';
import { keysOf } from './keys.ts';
import { openRedis } from './redis-backend.ts';

const found = await findRedis().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
const title = typeof found === 'string' ? `redis (NOT TESTED: ${found})` : `redis (${found.origin})`;
const prefix = 'unit:';

function answers(call: () => Promise<unknown>): Promise<boolean> {
  return call().then(
    () => true,
    () => false,
  );
}

describe.skipIf(typeof found === 'string')(title, () => {
  const resources = new AsyncDisposableStack();
  let store: Store;
  let admin: Redis;
  let backend: Backend;
  let shelf: Shelf;
  let subject: Subject;

  const open = (port: number, log: Partial<Logger> = {}, credentials = ''): Promise<Backend> => {
    const context = createContext(createClock());
    const url = `redis://${credentials}127.0.0.1:${port}`;
    return openRedis({ url, prefix }, { ...context, log: { ...context.log, ...log } });
  };

  beforeAll(async () => {
    if (typeof found === 'string') return;
    store = resources.use(await found.start());
    admin = new Redis({ host: '127.0.0.1', port: store.port() });
    resources.defer(() => admin.disconnect());
    backend = resources.use(await open(store.port()));
  });
  afterAll(() => resources.disposeAsync());
  beforeEach(() => {
    const namespace = `n${randomBytes(6).toString('hex')}`;
    subject = { backend, hooks: {}, namespace, nowMs: Date.now(), useRevisions: () => undefined };
    shelf = shelfOf(subject);
  });

  const keys = () => keysOf(prefix, shelf.address('key'));

  /** Sets a configuration for the time of the action. */
  const configured = async (name: string, value: string, action: () => Promise<void>): Promise<void> => {
    const [, before] = (await admin.config('GET', name)) as [string, string];
    await admin.config('SET', name, value);
    try {
      await action();
    } finally {
      await admin.config('SET', name, before);
    }
  };

  test('every operation is one command, and never KEYS', async () => {
    await shelf.set('key', 'value');
    await shelf.touch('key', none);
    await shelf.list();
    await shelf.delete('other');
    const seen: string[] = [];
    const monitor = await admin.monitor();
    monitor.on('monitor', (_time: string, [command]: string[], source: string) => {
      if (source !== 'lua' && command !== undefined) seen.push(command.toLowerCase());
    });
    await shelf.set('key', 'value', { condition: { ifMatch: '*' } });
    await shelf.get('key');
    await shelf.head('key');
    await shelf.touch('key', none);
    await shelf.list({ withValues: true });
    await shelf.delete('key');
    await until(async () => seen.length >= 6, 'seeing the commands');
    monitor.disconnect();
    expect(seen).toEqual(['evalsha', 'get', 'getrange', 'evalsha', 'evalsha', 'evalsha']);
  });

  test('a Redis that has forgotten the scripts is told them again, without an error', async () => {
    await shelf.set('key', 'one');
    await admin.script('FLUSH');
    expect(await shelf.set('key', 'two')).toMatchObject({ outcome: 'replaced' });
    await admin.script('FLUSH');
    const outcomes = await Promise.all([shelf.touch('key', none), shelf.touch('key', none), shelf.list()]);
    expect(outcomes).toMatchObject([{ outcome: 'touched' }, { outcome: 'touched' }, { items: [{ key: 'key' }] }]);
  });

  test('an index entry whose record is gone is not listed, and is removed', async () => {
    await shelf.set('key', 'value');
    await shelf.set('other', 'value');
    await admin.del(keys().record);
    expect(await admin.zcard(keys().index)).toBe(2);
    expect((await shelf.list()).items.map((item) => item.key)).toEqual(['other']);
    expect(await admin.zcard(keys().index)).toBe(1);
    expect(await shelf.set('key', 'again')).toMatchObject({ outcome: 'created' });
    expect((await shelf.list()).items).toHaveLength(2);
  });

  test('a page examines a bounded number of records, says how far it came, and the next goes on there', async () => {
    const name = (index: number) => `key ${String(index).padStart(5, '0')}`;
    await inParallel(maxExaminedPerPage + 50, 64, async (index) => {
      const expiry = index < maxExaminedPerPage + 10 ? at(subject.nowMs) : none;
      await shelf.set(name(index), 'value', { expiry, nowMs: subject.nowMs - 1 });
    });
    const page = await shelf.list();
    expect(page).toEqual({ items: [], examinedTo: name(maxExaminedPerPage - 1) });
    expect((await shelf.list({ after: page.examinedTo })).items).toHaveLength(40);
  });

  test('record and index of a collection share one hash tag, and an empty collection leaves nothing', async () => {
    await shelf.set('key', 'value');
    const names = await admin.keys(`${prefix}*${subject.namespace}*`);
    expect(names).toHaveLength(2);
    expect(new Set(names.map((name) => /\{(.*?)\}/.exec(name)?.[1]))).toEqual(new Set([`${subject.namespace}/shelf`]));
    await shelf.delete('key');
    expect(await admin.keys(`${prefix}*${subject.namespace}*`)).toEqual([]);
  });

  test('Redis itself forgets a record a minute after its expiry, counted from the time that the server says', async () => {
    const farMs = subject.nowMs + 40 * 86_400_000;
    const remains = async () => Math.ceil((await admin.pttl(keys().record)) / 1_000);
    await shelf.set('key', 'value', { expiry: at(farMs + 10_000), nowMs: farMs });
    expect(await remains()).toBe(70);
    await shelf.set('key', 'value', { expiry: keep, nowMs: farMs + 5_000 });
    expect(await remains()).toBe(65);
    await shelf.touch('key', at(farMs + 100_000), { nowMs: farMs });
    expect(await remains()).toBe(160);
    await shelf.touch('key', none, { nowMs: farMs });
    expect(await admin.pttl(keys().record)).toBe(-1);
    await shelf.set('key', 'value', { expiry: at(farMs - 1_000), nowMs: farMs });
    expect(await remains()).toBe(60);
    await shelf.set('key', 'value', { nowMs: farMs });
    expect(await admin.pttl(keys().record)).toBe(-1);
  });

  test('at maxmemory writes reject as full, while reads, listings and deletes go on', async () => {
    await shelf.set('key', 'value');
    await configured('maxmemory', '1', async () => {
      await expect(shelf.set('key', 'more')).rejects.toMatchObject({ code: 'store_full' });
      await expect(shelf.touch('key', none)).rejects.toMatchObject({ code: 'store_full' });
      expect((await shelf.get('key'))?.value.toString()).toBe('value');
      expect((await shelf.list()).items).toHaveLength(1);
      expect(await shelf.delete('key')).toEqual({ outcome: 'deleted' });
    });
    expect(await shelf.set('key', 'value')).toMatchObject({ outcome: 'created' });
  });

  test('a Redis that cannot write to its disk rejects writes as full, and still serves reads and listings', async () => {
    await shelf.set('key', 'value');
    await shelf.set('gone', 'value');
    await admin.del(keysOf(prefix, shelf.address('gone')).record);
    // A snapshot cannot replace the folder that has its name.
    await configured('save', '3600 1', async () => {
      await admin.bgsave();
      await until(
        async () => (await admin.info('persistence')).includes('rdb_last_bgsave_status:err'),
        'a failed save',
      );
      await expect(shelf.set('key', 'more')).rejects.toMatchObject({ code: 'store_full' });
      await expect(shelf.delete('key')).rejects.toMatchObject({ code: 'store_full' });
      expect((await shelf.get('key'))?.value.toString()).toBe('value');
      expect((await shelf.list()).items).toHaveLength(1);
      await backend.ping(callAt(subject.nowMs));
    });
    expect(await shelf.set('key', 'more')).toMatchObject({ outcome: 'replaced' });
  });

  test('refused credentials are an outage that says so, and never repeat the password', async () => {
    await configured('requirepass', 'right', async () => {
      for (const credentials of [':wrong-secret@', 'nobody:wrong-secret@', '']) {
        const messages: unknown[] = [];
        const log = { warn: (fields: object) => void messages.push(fields) };
        await using refused = await open(store.port(), log, credentials);
        const error: unknown = await Promise.resolve(refused.get(shelf.address('key'), callAt(subject.nowMs))).catch(
          (reason: unknown) => reason,
        );
        expect(error).toMatchObject({ code: 'store_unavailable', message: expect.stringMatching(/WRONGPASS|NOAUTH/) });
        expect(String(error) + JSON.stringify(messages)).not.toContain('wrong-secret');
      }
      await using accepted = await open(store.port(), {}, ':right@');
      await accepted.ping(callAt(subject.nowMs));
    });
  });

  test('the durability is what the running Redis says, asked anew on every connection', async () => {
    expect(await backend.capabilities(callAt(subject.nowMs))).toMatchObject({
      engine: 'redis',
      engineVersion: expect.stringMatching(/^\d+\.\d+/),
      atomicBatch: 'store',
      maxValueBytes: 512 * 1024 * 1024 - 295,
      durability: { profile: 'on-ack', windowMs: 0 },
    });
    await configured('appendfsync', 'everysec', async () => {
      await using linked = await openLink(store.port);
      await using other = await open(linked.port);
      const profile = async () => (await other.capabilities(callAt(subject.nowMs))).durability.profile;
      expect(await profile()).toBe('prefix');
      await admin.config('SET', 'appendfsync', 'always');
      expect(await profile()).toBe('prefix');
      linked.cut();
      linked.restore();
      await until(async () => (await profile().catch(() => '')) === 'on-ack', 'asking again');
    });
  });

  test('a policy that evicts acknowledged records is warned of when the connection is made', async () => {
    await configured('maxmemory-policy', 'allkeys-lru', async () => {
      const warnings: unknown[] = [];
      await using other = await open(store.port(), { warn: (fields) => void warnings.push(fields) });
      await other.capabilities(callAt(subject.nowMs));
      expect(warnings).toEqual([{ evictionPolicy: 'allkeys-lru' }]);
    });
  });

  test('a connection that fell silent is given up, and calls are refused until there is a new one', async () => {
    await using link = await openLink(store.port);
    await using other = await open(link.port);
    const linked = shelfOf({ ...subject, backend: other });
    await linked.set('key', 'value');
    // The answers of the probe have arrived too: from here on the connection has nothing to hear.
    await other.capabilities(callAt(subject.nowMs));
    const before = await admin.client('LIST');
    link.stall();
    const call = callAt(subject.nowMs, 500);
    await expect(other.get(shelf.address('key'), call)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(linked.set('key', 'never sent')).rejects.toMatchObject({ code: 'store_unavailable' });
    link.restore();
    await until(() => answers(() => linked.get('key')), 'serving again');
    expect((await linked.get('key'))?.value.toString()).toBe('value');
    expect(await admin.client('LIST')).not.toBe(before);
  });

  test('a small command that times out behind a large value does not break the large one', async () => {
    await using link = await openLink(store.port);
    await using other = await open(link.port);
    const linked = shelfOf({ ...subject, backend: other });
    // The collection is entered in the registry by then, so the large value is what is under way.
    await linked.set('first', 'value');
    link.stall();
    const large = linked.set('key', Buffer.alloc(2_000_000, 1));
    // It is sent by then.
    await nextTurn();
    await expect(other.get(shelf.address('key'), callAt(subject.nowMs, 500))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    link.restore();
    expect(await large).toMatchObject({ outcome: 'created' });
  });

  test('what lies under a record key and is no record is an error, and can be overwritten or deleted', async () => {
    await shelf.set('key', 'value');
    await admin.set(keys().record, 'no record');
    await expect(shelf.get('key')).rejects.toMatchObject({ code: 'record_corrupt' });
    await expect(shelf.head('key')).rejects.toMatchObject({ code: 'record_corrupt' });
    const list = { namespace: subject.namespace, collection: 'shelf', prefix: '', after: undefined, limit: 10 };
    const page = await backend.list({ ...list, withValues: false }, callAt(subject.nowMs));
    expect(page.items).toEqual([{ key: 'key', damaged: true }]);
    await expect(shelf.touch('key', none)).rejects.toMatchObject({ code: 'record_corrupt' });
    await expect(shelf.set('key', 'x', { expiry: keep })).rejects.toMatchObject({ code: 'record_corrupt' });
    await expect(shelf.delete('key', { condition: { ifMatch: '*' } })).rejects.toMatchObject({
      code: 'record_corrupt',
    });
    expect(await shelf.set('key', 'mended')).toMatchObject({ outcome: 'replaced' });
    await admin.set(keys().record, 'no record');
    expect(await shelf.delete('key')).toEqual({ outcome: 'deleted' });
  });

  test('a malformed URL and a prefix with braces are refused at once', async () => {
    const context = createContext(createClock());
    await expect(openRedis({ url: 'redis//nowhere', prefix }, context)).rejects.toThrow(ConfigurationError);
    await expect(openRedis({ url: 'redis://127.0.0.1', prefix: 'a{b}' }, context)).rejects.toThrow(ConfigurationError);
  });
});
