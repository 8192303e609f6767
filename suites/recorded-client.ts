/** One client that does one thing at a time on a collection, every operation of it in a history. */

import type { Answer } from './answer.ts';
import { type Collection, openCollection } from './collection.ts';
import type { CompareAndSet, Create, Delete, Get, KeyedOperation, SetValue, Touch, Ttl } from './history.ts';
import type { Recorder } from './recorder.ts';
import type { Stage } from './suite.ts';
import { decodeValue, encodeValue, nameOf } from './unique-value.ts';

export interface WriteOptions {
  /** Left out: the key lives for ever. */
  readonly ttlMs?: number | 'keep';
  /** The value itself, in place of one that names itself. */
  readonly text?: string;
}

export interface RecordedClient {
  get(key: string): Promise<Get>;
  set(key: string, options?: WriteOptions): Promise<SetValue>;
  create(key: string, options?: WriteOptions): Promise<Create>;
  /** `version`: the ETag that the key must have. */
  cas(key: string, version: string, options?: WriteOptions): Promise<CompareAndSet>;
  delete(key: string): Promise<Delete>;
  /** Null: without an end from now on. */
  touch(key: string, ttlMs: number | null): Promise<Touch>;
}

export interface RecordedClientOptions {
  readonly collection?: Collection;
  /** Size of each value that is written. */
  readonly valueBytes?: () => number;
}

export function createRecordedClient(
  stage: Stage,
  recorder: Recorder,
  { collection = openCollection(stage), valueBytes = () => 40 }: RecordedClientOptions = {},
): RecordedClient {
  let process = recorder.nextProcess();
  let sequence = 0;

  const run = async <Kind extends KeyedOperation>(
    method: string,
    intent: Omit<Kind, keyof Ended | 'process'>,
    request: {
      readonly query?: string;
      readonly headers?: Record<string, string>;
      readonly body?: Buffer | string;
    } = {},
  ): Promise<Kind> => {
    const { query = '', ...rest } = request;
    const path = `${collection.pathOf(String(intent.key))}${query === '' ? '' : `?${query}`}`;
    const done = await recorder.record({
      intent: { ...intent, process } as never,
      send: () => stage.client.request({ method, path, ...rest }),
      ...(method === 'GET' ? { read: readValue } : {}),
    });
    if (done.type === 'info') process = recorder.nextProcess();
    return done as Kind;
  };

  const newValue = ({ text }: WriteOptions): { readonly input: string; readonly body: Buffer | string } => {
    if (text !== undefined) return { input: text, body: text };
    const id = { process, sequence };
    sequence += 1;
    return { input: nameOf(id), body: encodeValue(id, valueBytes()) };
  };

  return {
    get: (key) => run<Get>('GET', { f: 'get', key, input: null }),
    set(key, options = {}) {
      const { input, body } = newValue(options);
      return run<SetValue>('PUT', { f: 'set', key, input, ttlMs: ttlOf(options) }, { query: queryOf(options), body });
    },
    create(key, options = {}) {
      const { input, body } = newValue(options);
      const request = { query: queryOf(options), headers: { 'If-None-Match': '*' }, body };
      return run<Create>('PUT', { f: 'create', key, input, ttlMs: ttlOf(options) }, request);
    },
    cas(key, version, options = {}) {
      const { input, body } = newValue(options);
      const request = { query: queryOf(options), headers: { 'If-Match': version }, body };
      const expected = { by: 'version', version } as const;
      return run<CompareAndSet>('PUT', { f: 'cas', key, expected, input, ttlMs: ttlOf(options) }, request);
    },
    delete: (key) => run<Delete>('DELETE', { f: 'delete', key, input: null }),
    touch(key, ttlMs) {
      const query = ttlMs === null ? 'persist=true' : `ttlMs=${ttlMs}`;
      return run<Touch>('PATCH', { f: 'touch', key, input: null, ttlMs }, { query });
    },
  };
}

type Ended = Pick<KeyedOperation, 'i' | 'type' | 'output' | 'call' | 'return' | 'server' | 'error'>;

function ttlOf({ ttlMs }: WriteOptions): Ttl {
  return ttlMs ?? null;
}

function queryOf({ ttlMs }: WriteOptions): string {
  if (ttlMs === undefined) return '';
  return ttlMs === 'keep' ? 'keepTtl=true' : `ttlMs=${ttlMs}`;
}

/** The name in a value, the value itself where it is short and not one of ours, or what shows that it is torn. */
function readValue({ body }: Answer): string {
  const id = decodeValue(body);
  if (!('torn' in id)) return nameOf(id);
  const text = body.toString('utf8');
  return /^[\x20-\x7e]{0,64}$/.test(text) ? text : `torn: ${id.torn}`;
}
