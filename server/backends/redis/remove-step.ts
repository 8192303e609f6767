import type { Backend, Call, RemovalStep } from '../backend.ts';
import type { RedisConnection } from './connection.ts';
import { keysOf } from './keys.ts';
import { lexicalMaximum } from './list-page.ts';
import type { Registry } from './registry.ts';
import { tellExpired } from './script-calls.ts';

/** Of one run of the script: Redis serves nobody else meanwhile. */
const maxPerScript = 500;
/** Collections whose scripts travel together. */
const maxAtOnce = 50;

export function createRemoval(
  prefix: string,
  connection: RedisConnection,
  registry: Registry,
): Pick<Backend, 'deletePrefix' | 'drop'> {
  const remove = async (
    at: { readonly namespace: string; readonly collection: string },
    keyPrefix: string,
    call: Call,
  ): Promise<RemovalStep> => {
    const { record, index } = keysOf(prefix, { ...at, key: '' });
    const range = [keyPrefix === '' ? '-' : `[${keyPrefix}`, lexicalMaximum(keyPrefix)];
    const reply = await connection.send(call, 'The write', {
      run: (client) => client.removeRecordsBuffer(index, record, ...range, call.nowMs, maxPerScript),
    });
    tellExpired(reply, 2, call);
    const [deleted, done] = reply as readonly [number, number];
    return { deleted, done: done === 1 };
  };

  /** One collection after the other, until something is removed: those that are empty already do not count as a step. */
  const dropNamespace = async (namespace: string, call: Call): Promise<RemovalStep> => {
    let after: string | undefined;
    for (;;) {
      const collections = await registry.collections(namespace, { after, count: maxAtOnce }, call);
      const steps = await Promise.all(collections.map((collection) => remove({ namespace, collection }, '', call)));
      const deleted = steps.reduce((sum, step) => sum + step.deleted, 0);
      const last = collections.length < maxAtOnce;
      const done = last && steps.every((step) => step.done);
      if (done || deleted > 0 || steps.some((step) => !step.done)) return { deleted, done };
      after = collections.at(-1);
    }
  };

  return {
    deletePrefix: (request, call) => remove(request, request.prefix, call),
    drop: ({ namespace, collection }, call) =>
      collection === undefined ? dropNamespace(namespace, call) : remove({ namespace, collection }, '', call),
  };
}
