import type { Backend, Call, NamesPage, NamesRequest } from '../backend.ts';
import { maxExaminedPerPage } from '../limits.ts';
import type { RedisConnection } from './connection.ts';
import { keysOf } from './keys.ts';
import type { Registry } from './registry.ts';

/** Names looked at in one turn: their commands travel together. */
const maxAtOnce = 100;

interface Candidates {
  /** Registered names after one, at most `count`. */
  readonly read: (after: string | undefined, count: number) => Promise<readonly string[]>;
  /** Whether one holds a record. */
  readonly holds: (name: string) => Promise<boolean>;
}

/** A page of those among the candidates that hold a record. */
async function choose(request: NamesRequest, { read, holds }: Candidates): Promise<NamesPage> {
  const count = Math.min(request.limit + 1, maxAtOnce);
  const names: string[] = [];
  let last = request.after;
  for (let examined = 0; examined < maxExaminedPerPage; examined += count) {
    const candidates = await read(last, count);
    const held = await Promise.all(candidates.map((name) => !name.startsWith('_') && holds(name)));
    for (const [index, name] of candidates.entries()) {
      if (held[index] === true) {
        if (names.length === request.limit) return { names, examinedTo: last };
        names.push(name);
      }
      last = name;
    }
    if (candidates.length < count) return { names, examinedTo: undefined };
  }
  return { names, examinedTo: last };
}

export function createNames(
  prefix: string,
  connection: RedisConnection,
  registry: Registry,
): Pick<Backend, 'namespaces' | 'collections'> {
  const collections = (namespace: string, request: NamesRequest, call: Call): Promise<NamesPage> =>
    choose(request, {
      read: (after, count) => registry.collections(namespace, { after, count }, call),
      async holds(collection) {
        const { record, index } = keysOf(prefix, { namespace, collection, key: '' });
        const answer = await connection.send(call, 'The listing', {
          run: (client) => client.holdsRecordBuffer(index, record),
        });
        return answer === 1;
      },
    });

  const holdsAny = async (namespace: string, call: Call): Promise<boolean> => {
    let after: string | undefined;
    do {
      const page = await collections(namespace, { after, limit: 1 }, call);
      if (page.names.length > 0) return true;
      after = page.examinedTo;
    } while (after !== undefined);
    return false;
  };

  return {
    namespaces: (request, call) =>
      choose(request, {
        read: (after, count) => registry.namespaces(after, count, call),
        holds: (namespace) => holdsAny(namespace, call),
      }),
    collections,
  };
}
