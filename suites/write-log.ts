/** Remembers what a client may have stored, by looking at its requests and how they ended. */

export interface WrittenKey {
  readonly namespace: string;
  readonly collection: string;
  readonly key: string;
}

/** As much of a request as tells what it writes. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer | string | undefined;
}

export interface WriteLog {
  /** `status` undefined: no answer came. */
  note(request: SentRequest, status: number | undefined, sent: boolean): void;
  /** The same for bytes that were written to a socket. */
  noteRaw(bytes: Buffer | string, status: number | undefined, sent: boolean): void;
  entries(): readonly WrittenKey[];
}

const batchPath = '/api/v1/kv/batch';
const address = /^\/api\/v1\/kv\/([^/?]+)\/([^/?]+)\/([^/?]+)(?:\?(.*))?$/;

export function createWriteLog(): WriteLog {
  const written = new Map<string, WrittenKey>();
  const note: WriteLog['note'] = (request, status, sent) => {
    if (!sent) return;
    const mayStand = status === undefined || status < 400 || status >= 500;
    for (const key of keysOf(request)) {
      const id = JSON.stringify([key.namespace, key.collection, key.key]);
      if (request.method === 'DELETE' && status === 204) written.delete(id);
      if (request.method !== 'DELETE' && mayStand) written.set(id, key);
    }
  };
  return {
    note,
    noteRaw(bytes, status, sent) {
      const line = /^([A-Z]+) (\S+) HTTP\//.exec(Buffer.from(bytes).toString('latin1', 0, 10_000));
      if (line !== null) note({ method: line[1] ?? '', path: line[2] ?? '' }, status, sent);
    },
    entries: () => [...written.values()],
  };
}

/** What the request writes or deletes. */
function keysOf({ method, path, body = '' }: SentRequest): readonly WrittenKey[] {
  if (method === 'POST' && path === batchPath) return parseBatch(body);
  const key = ['PUT', 'POST', 'DELETE'].includes(method) ? parseAddress(path) : undefined;
  return key === undefined ? [] : [key];
}

/** The keys that a batch may have set; a delete of one that is gone does no harm. */
function parseBatch(body: Buffer | string): readonly WrittenKey[] {
  try {
    const { operations } = JSON.parse(body.toString()) as {
      readonly operations: readonly (WrittenKey & { op: string })[];
    };
    return operations
      .filter(({ op }) => op === 'set')
      .map(({ namespace, collection, key }) => ({ namespace, collection, key }));
  } catch {
    return [];
  }
}

/** Undefined for a path that names no key, or none that the server could have taken. */
function parseAddress(path: string): WrittenKey | undefined {
  const match = address.exec(path);
  if (match === null) return undefined;
  const [, namespace = '', collection = '', segment = '', query = ''] = match;
  try {
    const encoded = new URLSearchParams(query).get('keyEncoding') === 'base64url';
    const key = encoded ? Buffer.from(segment, 'base64url').toString('utf8') : decodeURIComponent(segment);
    return { namespace: decodeURIComponent(namespace), collection: decodeURIComponent(collection), key };
  } catch {
    return undefined;
  }
}
