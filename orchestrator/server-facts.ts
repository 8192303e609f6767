/** What a server says of itself, asked once before cases run on it. */

import { Value } from 'typebox/value';
import { Capabilities } from '../reports/schema.ts';

export interface ServerFacts {
  readonly capabilities: Capabilities;
  readonly serverVersion: string | null;
  readonly engineVersion: string | null;
}

/** What the API promises where a server has no GET /capabilities: every limit is claimed, nothing optional is. */
const apiDefaults: Capabilities = {
  limits: {
    keyBytes: 1024,
    valueBytes: 16_000_000,
    // 100 years of 365.25 days.
    ttlMs: 3_155_760_000_000,
    listItems: 1000,
    batchItems: 0,
  },
  atomicBatch: 'none',
  filter: false,
  expiry: { precisionMs: 1 },
  durability: { profile: 'unknown', windowMs: null, probedBy: 'The target has no GET /capabilities.' },
  testing: { clock: false },
};

export interface Asking {
  readonly baseUrl: string;
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}

/** Undefined on 404; rejects on anything that is neither that nor JSON. */
async function getJson({ baseUrl, authorization, signal }: Asking, path: string): Promise<unknown> {
  const headers: Record<string, string> = { connection: 'close' };
  if (authorization !== undefined) headers.authorization = authorization;
  const answer = await fetch(baseUrl.replace(/\/$/, '') + path, {
    headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${text.slice(0, 300)}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`GET ${path} did not answer JSON: ${text.slice(0, 100)}`, { cause: error });
  }
}

/** `lenient`: the server may do without these routes. Rejects when what it says is not what the API promises. */
export async function askServer(asking: Asking, lenient: boolean): Promise<ServerFacts> {
  const version = (await getJson(asking, '/api/v1/version')) as
    | { version?: unknown; backend?: { engineVersion?: unknown } }
    | undefined;
  const said = await getJson(asking, '/api/v1/capabilities');
  if (said === undefined && !lenient) throw new Error('GET /api/v1/capabilities answered 404');
  if (said !== undefined && !Value.Check(Capabilities, said)) {
    const [problem] = Value.Errors(Capabilities, said);
    throw new Error(
      `GET /api/v1/capabilities is not what the API promises: ${problem?.instancePath} ${problem?.message}`,
    );
  }
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    capabilities: said === undefined ? apiDefaults : (said as Capabilities),
    serverVersion: text(version?.version),
    engineVersion: text(version?.backend?.engineVersion),
  };
}
