import type { Client } from '../suites/client.ts';
import { createClient } from '../suites/client.ts';

export interface CaseClientOptions {
  /** Where the server is now: a restart moves it. */
  readonly baseUrl: () => string;
  readonly signal: AbortSignal;
  /** Value of the Authorization header; a case that sends its own keeps it. */
  readonly authorization: string | undefined;
}

function sum(clients: readonly Client[]): Client['counts'] {
  const counts = { ok: 0, fail: 0, info: 0 };
  for (const { counts: one } of clients) {
    counts.ok += one.ok;
    counts.fail += one.fail;
    counts.info += one.info;
  }
  return counts;
}

/** A client that follows its server over restarts and carries the target's credentials. */
export function createCaseClient(options: CaseClientOptions): Client {
  const clients: Client[] = [];
  const current = (): Client => {
    const last = clients.at(-1);
    const baseUrl = options.baseUrl();
    if (last?.baseUrl === baseUrl) return last;
    const next = createClient(baseUrl, { signal: options.signal });
    clients.push(next);
    return next;
  };
  const { authorization } = options;
  return {
    get baseUrl() {
      return current().baseUrl;
    },
    request(spec) {
      const names = Object.keys(spec.headers ?? {}).map((name) => name.toLowerCase());
      if (authorization === undefined || names.includes('authorization')) return current().request(spec);
      return current().request({ ...spec, headers: { Authorization: authorization, ...spec.headers } });
    },
    raw: (bytes, waitMs) => current().raw(bytes, waitMs),
    get counts() {
      return sum(clients);
    },
    written: () => clients.flatMap((client) => [...client.written()]),
    [Symbol.dispose]() {
      for (const client of clients) client[Symbol.dispose]();
    },
  };
}
