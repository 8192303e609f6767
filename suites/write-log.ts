/** Remembers what a client may have stored, by looking at its requests and how they ended. */

export interface WrittenKey {
  readonly namespace: string;
  readonly collection: string;
  readonly key: string;
}

export interface WriteLog {
  /** `status` undefined: no answer came. */
  note(method: string, path: string, status: number | undefined, sent: boolean): void;
  /** The same for bytes that were written to a socket. */
  noteRaw(bytes: Buffer | string, status: number | undefined, sent: boolean): void;
  entries(): readonly WrittenKey[];
}

const address = /^\/api\/v1\/kv\/([^/?]+)\/([^/?]+)\/([^/?]+)(?:\?(.*))?$/;

export function createWriteLog(): WriteLog {
  const written = new Map<string, WrittenKey>();
  const note: WriteLog['note'] = (method, path, status, sent) => {
    if (!['PUT', 'POST', 'DELETE'].includes(method) || !sent) return;
    const target = parseAddress(path);
    if (target === undefined) return;
    const id = JSON.stringify([target.namespace, target.collection, target.key]);
    if (method === 'DELETE') {
      if (status === 204) written.delete(id);
    } else if (status === undefined || status < 400 || status >= 500) {
      written.set(id, target);
    }
  };
  return {
    note,
    noteRaw(bytes, status, sent) {
      const line = /^([A-Z]+) (\S+) HTTP\//.exec(Buffer.from(bytes).toString('latin1', 0, 10_000));
      if (line !== null) note(line[1] ?? '', line[2] ?? '', status, sent);
    },
    entries: () => [...written.values()],
  };
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
