/** What the contract cannot ask of every engine, on a real deployment. */

import { randomBytes } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../configuration-error.ts';
import type { Logger } from '../../log.ts';
import type { Backend } from '../backend.ts';
import type { ConnectionCounts } from '../connection-counts.ts';
import { until } from '../contract/contract-case.ts';
import { createClock, createContext, initiateReplicaSet, mongodbUrl } from '../contract/engines.ts';
import { openLink } from '../contract/link.ts';
import { findMongodb, type Store } from '../contract/stores.ts';
import { at, callAt, keep, none, type Shelf, type Subject, shelfOf } from '../contract/subject.ts';
import { maxExaminedPerPage } from '../limits.ts';
import { idOf, type RecordDocument } from './documents.ts';
import { openMongodb } from './mongodb-backend.ts';

const found = await findMongodb().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
const title = typeof found === 'string' ? `mongodb (NOT TESTED: ${found})` : `mongodb (${found.origin})`;
const hourMs = 3_600_000;

function answers(call: () => Promise<unknown>): Promise<boolean> {
  return call().then(
    () => true,
    () => false,
  );
}

function open(url: string, database: string, log: Partial<Logger> = {}): Promise<Backend> {
  const context = createContext(createClock());
  return openMongodb({ url, database }, { ...context, log: { ...context.log, ...log } });
}

describe.skipIf(typeof found === 'string')(title, () => {
  const resources = new AsyncDisposableStack();
  let store: Store;
  let client: MongoClient;
  let db: Db;
  let backend: Backend;
  let subject: Subject;
  let shelf: Shelf;

  beforeAll(async () => {
    if (typeof found === 'string') return;
    store = resources.use(await found.start());
    await initiateReplicaSet(store.port());
    client = resources.use(new MongoClient(mongodbUrl(store.port())));
    db = client.db('unit');
    backend = resources.use(await open(mongodbUrl(store.port()), 'unit'));
  });
  afterAll(() => resources.disposeAsync());
  beforeEach(() => {
    const namespace = `n${randomBytes(6).toString('hex')}`;
    subject = { backend, hooks: {}, namespace, nowMs: Date.now(), useRevisions: () => undefined };
    shelf = shelfOf(subject);
  });

  const stored = () => db.collection<RecordDocument>('records').findOne({ _id: idOf(shelf.address('key')) });

  const ttlIndexOf = async (database: string): Promise<unknown> => {
    const indexes = await client
      .db(database)
      .collection('records')
      .indexes()
      .catch(() => []);
    return indexes.find((index) => index.expireAfterSeconds === 0)?.key;
  };

  test('calls that find no free connection are refused within a second, nothing sent, and are counted', async () => {
    await using link = await openLink(store.port);
    let count = (): ConnectionCounts | undefined => undefined;
    const watched = {
      ...createContext(createClock()),
      watchConnections: (counts: () => ConnectionCounts) => {
        count = counts;
      },
    };
    const options = { url: mongodbUrl(link.port), database: 'unit', maxConnections: 1 };
    await using narrow = await openMongodb(options, watched);
    const read = () => Promise.resolve(narrow.get(shelf.address('key'), callAt(subject.nowMs, 4_000)));
    await read();
    await until(async () => count()?.idle === 1 && count()?.waiting === 0, 'a connection that is free');
    link.stall();
    const held = read().catch((error: unknown) => error);
    await until(async () => count()?.inUse === 1, 'a call that holds the connection');
    const startedMs = performance.now();
    const refused = Promise.allSettled([read(), read()]);
    await until(async () => count()?.waiting === 2, 'calls that wait');
    for (const outcome of await refused) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'overloaded' } });
    }
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    link.restore();
    await held;
    await until(() => answers(read), 'serving');
    expect(count()).toMatchObject({ inUse: 0, waiting: 0 });
  });

  test('the store forgets a record an hour after its expiry, and one without expiry never', async () => {
    const expiresAtMs = subject.nowMs + 60_000;
    await shelf.set('key', 'value', { expiry: at(expiresAtMs) });
    expect((await stored())?.reapAt).toEqual(new Date(expiresAtMs + hourMs));
    await shelf.set('key', 'kept', { expiry: keep });
    expect((await stored())?.reapAt).toEqual(new Date(expiresAtMs + hourMs));
    await shelf.touch('key', at(expiresAtMs + 1));
    expect((await stored())?.reapAt).toEqual(new Date(expiresAtMs + 1 + hourMs));
    await shelf.touch('key', none);
    expect(await stored()).not.toHaveProperty('reapAt');
    await shelf.set('key', 'value', { expiry: at(expiresAtMs) });
    await shelf.set('key', 'value');
    expect(await stored()).not.toHaveProperty('reapAt');
    expect(await ttlIndexOf('unit')).toEqual({ reapAt: 1 });
  });

  test('the TTL index is made at first contact, however late that is', async () => {
    const database = `late${randomBytes(4).toString('hex')}`;
    await using link = await openLink(store.port);
    link.cut();
    await using late = await open(mongodbUrl(link.port), database);
    await expect(late.ping(callAt(subject.nowMs))).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await ttlIndexOf(database)).toBeUndefined();
    link.restore();
    await until(async () => (await ttlIndexOf(database)) !== undefined, 'the index');
    await client.db(database).dropDatabase();
  });

  test('a record is one document whose _id is namespace/collection/key', async () => {
    await shelf.set('key', 'value', { contentType: 'text/html' });
    expect(await stored()).toMatchObject({
      _id: `${subject.namespace}/shelf/key`,
      rev: expect.stringMatching(/^[0-9a-f]{32}$/),
      exp: null,
      type: 'text/html',
      size: 5,
      value: expect.anything(),
    });
    expect(
      await db
        .collection<RecordDocument>('records')
        .countDocuments({ _id: { $gt: `${subject.namespace}/`, $lt: `${subject.namespace}0` } }),
    ).toBe(1);
  });

  test('a page examines a bounded number of records, says how far it came, and the next goes on there', async () => {
    const name = (index: number) => `key ${String(index).padStart(5, '0')}`;
    await shelf.set('key', 'value');
    const model = await stored();
    const documents = Array.from({ length: maxExaminedPerPage + 50 }, (_, index) => ({
      ...(model as RecordDocument),
      _id: idOf(shelf.address(name(index))),
      exp: index < maxExaminedPerPage + 10 ? subject.nowMs : null,
    }));
    await db.collection<RecordDocument>('records').insertMany(documents);
    const page = await shelf.list({ prefix: 'key ' });
    expect(page).toEqual({ items: [], examinedTo: name(maxExaminedPerPage - 1) });
    expect((await shelf.list({ prefix: 'key ', after: page.examinedTo })).items).toHaveLength(40);
  });

  test('a value beyond what a document can hold is too large, whether it is new or replaces another', async () => {
    const tooLarge = Buffer.alloc(16_777_216);
    await expect(shelf.set('key', tooLarge)).rejects.toMatchObject({ code: 'value_too_large' });
    await shelf.set('key', 'small');
    await expect(shelf.set('key', tooLarge)).rejects.toMatchObject({ code: 'value_too_large' });
    expect((await shelf.get('key'))?.value.toString()).toBe('small');
  });

  test('the largest value that the capabilities state is stored and replaced, with the longest key', async () => {
    const { maxValueBytes } = await backend.capabilities(callAt(subject.nowMs));
    const largest = Buffer.alloc(maxValueBytes, 3);
    const key = 'k'.repeat(1_024);
    const condition = { ifNoneMatch: Array.from({ length: 400 }, () => 'e'.repeat(32) as never) };
    expect(await shelf.set(key, largest, { condition })).toMatchObject({ outcome: 'created' });
    expect(await shelf.set(key, largest, { condition, expiry: keep })).toMatchObject({ outcome: 'replaced' });
    expect((await shelf.get(key))?.size).toBe(maxValueBytes);
  });

  test('the capabilities tell the version that the store tells, and durability on acknowledgement', async () => {
    const { version } = await db.command({ buildInfo: 1 });
    expect(await backend.capabilities(callAt(subject.nowMs))).toMatchObject({
      engine: 'mongodb',
      engineVersion: version,
      durability: { profile: 'on-ack', windowMs: 0 },
    });
  });

  test('a document that is no record is an error, and can be overwritten or deleted', async () => {
    const documents = db.collection<{ _id: string }>('records');
    await documents.insertOne({ _id: idOf(shelf.address('key')) });
    await expect(shelf.get('key')).rejects.toMatchObject({ code: 'record_corrupt' });
    await expect(shelf.head('key')).rejects.toMatchObject({ code: 'record_corrupt' });
    await expect(shelf.touch('key', none)).rejects.toMatchObject({ code: 'record_corrupt' });
    await expect(shelf.set('key', 'value', { expiry: keep })).rejects.toMatchObject({ code: 'record_corrupt' });
    await expect(shelf.delete('key', { condition: { ifMatch: '*' } })).rejects.toMatchObject({
      code: 'record_corrupt',
    });
    expect(await shelf.set('key', 'mended')).toMatchObject({ outcome: 'replaced' });
    await documents.replaceOne({ _id: idOf(shelf.address('key')) }, { exp: 'never' });
    expect(await shelf.delete('key')).toEqual({ outcome: 'deleted' });
  });

  test('while there is no server a call is refused at once instead of queued, and nothing of it arrives later', async () => {
    await using link = await openLink(store.port);
    await using linked = await open(mongodbUrl(link.port), 'unit');
    const over = shelfOf({ ...subject, backend: linked });
    await over.set('key', 'value');
    link.cut();
    await until(async () => !(await answers(() => over.get('key'))), 'seeing the outage');
    await expect(over.set('key', 'never sent')).rejects.toMatchObject({ code: 'store_unavailable' });
    link.restore();
    await until(() => answers(() => over.get('key')), 'serving again');
    expect((await over.get('key'))?.value.toString()).toBe('value');
  });

  test('refused credentials are an outage that says so, and never repeat the password', async () => {
    const fields: unknown[] = [];
    const url = mongodbUrl(store.port()).replace('//', '//nobody:wrong-secret@');
    await using refused = await open(url, 'unit', { warn: (field) => void fields.push(field) });
    const error: unknown = await Promise.resolve(refused.get(shelf.address('key'), callAt(subject.nowMs))).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('credentials') });
    expect(fields).toHaveLength(1);
    expect(String(error) + JSON.stringify([error, fields])).not.toContain('wrong-secret');
  });

  test.each([
    'redis://user:secret@127.0.0.1',
    'mongodb:/user:secret@127.0.0.1',
    'mongodb://user:secret@',
    'mongodb://user:sec/ret@127.0.0.1',
    'mongodb://user:secret@127.0.0.1/?unknownOption=1',
    '',
  ])('the URL "%s" is refused at once, and without the password', async (url) => {
    const refused = open(url, 'unit');
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.not.toThrow(/sec/);
  });

  test.each(['', 'a/b', 'a.b', 'a b', 'a$b', 'x'.repeat(64)])('the database name "%s" is refused', async (name) => {
    await expect(open(mongodbUrl(1), name)).rejects.toThrow(ConfigurationError);
  });

  test('an outage is logged once, with the reason, and so is its end', async () => {
    const lines: string[] = [];
    const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
    await using link = await openLink(store.port);
    await using linked = await open(mongodbUrl(link.port), 'unit', { info: note, warn: note });
    link.cut();
    const call = () => callAt(subject.nowMs, 2_000);
    await until(async () => !(await answers(() => linked.ping(call()))), 'seeing the outage');
    await until(async () => !(await answers(() => linked.ping(call()))), 'seeing it again');
    link.restore();
    await until(() => answers(() => linked.ping(call())), 'serving again');
    expect(lines.map((line) => line.split(' {')[0])).toEqual([
      'MongoDB is connected',
      'MongoDB is not connected; trying again',
      'MongoDB is connected',
    ]);
    expect(lines[1]).toMatch(/"reason":".+"/);
  });
});
