/** Batches, as cases speak of them. */

import type { Answer } from './answer.ts';
import { expectEqual, expectProblem, expectStatus, expectTrue, recordOf } from './check.ts';
import { sendTo } from './collection.ts';
import { type CaseOptions, defineCase } from './define-case.ts';
import type { Case, Stage } from './suite.ts';
import { CaseFailed } from './verdict.ts';

export const batchPath = '/api/v1/kv/batch';

export interface BatchStep {
  readonly op: string;
  readonly key: string;
  readonly [member: string]: unknown;
}

export interface BatchResult {
  readonly status: number;
  readonly key: string;
  readonly etag?: string;
  readonly expiresAt?: string;
  readonly error?: string;
  readonly json?: unknown;
  readonly text?: string;
  readonly base64?: string;
  readonly contentType?: string;
  readonly size?: number;
}

export interface BatchOptions {
  readonly atomic?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Batches {
  /** Operations in collection `c` of the case's namespace; `members` stand beside the rest and may replace it. */
  get(key: string, members?: object): BatchStep;
  set(key: string, text: string, members?: object): BatchStep;
  touch(key: string, members: object): BatchStep;
  delete(key: string, members?: object): BatchStep;
  send(steps: readonly object[], options?: BatchOptions): Promise<Answer>;
  /** Sends a batch and demands these statuses, in this order; 200 or 207 follows from them. */
  run(steps: readonly object[], statuses: readonly number[], options?: BatchOptions): Promise<readonly BatchResult[]>;
  /** DELETE of these keys. */
  deleteKeys(keys: readonly string[]): Promise<Answer>;
}

export function openBatches(stage: Stage): Batches {
  const at = (key: string): { readonly namespace: string; readonly collection: string; readonly key: string } => ({
    namespace: stage.namespace,
    collection: 'c',
    key,
  });
  const send: Batches['send'] = (operations, { atomic, headers } = {}) =>
    sendBody(stage, JSON.stringify({ ...(atomic === undefined ? {} : { atomic }), operations }), { headers });
  return {
    get: (key, members) => ({ op: 'get', ...at(key), ...members }),
    set: (key, text, members) => ({ op: 'set', ...at(key), text, ...members }),
    touch: (key, members) => ({ op: 'touch', ...at(key), ...members }),
    delete: (key, members) => ({ op: 'delete', ...at(key), ...members }),
    send,
    async run(steps, statuses, options = {}) {
      const answer = await send(steps, options);
      const whole = options.atomic === true || statuses.every((status) => status < 300);
      if (answer.status !== 207) expectStatus(answer, 200);
      const results = resultsOf(answer);
      const seen = results.map(({ status }) => status);
      expectEqual('the statuses', seen, statuses, answer);
      expectStatus(answer, whole ? 200 : 207);
      return results;
    },
    deleteKeys: (keys) => sendBody(stage, JSON.stringify({ keys: keys.map(at) }), { method: 'DELETE' }),
  };
}

/** Any body, as JSON. */
export function sendBody(
  stage: Stage,
  body: Buffer | string,
  { method = 'POST', headers = {} }: { readonly method?: string; readonly headers?: BatchOptions['headers'] } = {},
): Promise<Answer> {
  return sendTo(stage, { method, path: batchPath, headers: { 'Content-Type': 'application/json', ...headers }, body });
}

/** Demands the form of an answer with results. */
export function resultsOf(answer: Answer): readonly BatchResult[] {
  const { results } = recordOf(answer.json(), 'the body', answer);
  if (!Array.isArray(results)) {
    throw new CaseFailed('{results: [...]}', answer.body.toString('utf8', 0, 200), { exchange: answer.exchange });
  }
  for (const result of results) {
    const { status, key, etag, error } = recordOf(result, 'a result', answer);
    expectTrue(
      typeof status === 'number' && typeof key === 'string',
      'a status and a key',
      JSON.stringify(result),
      answer,
    );
    expectTrue(
      (error === undefined) === Number(status) < 400,
      'an error above 399 alone',
      JSON.stringify(result),
      answer,
    );
    expectTrue(etag === undefined || /^"[^"]+"$/.test(String(etag)), 'a strong entity tag', String(etag), answer);
  }
  return results;
}

/** A case about batches; a target without them answers that it has no such route. */
export function defineBatchCase(id: string, claim: string, run: Case['run'], options?: CaseOptions): Case {
  return defineCase(
    id,
    claim,
    async (stage) => {
      if (stage.capabilities.limits.batchItems > 0) return run(stage);
      expectProblem(await openBatches(stage).send([]), 404, 'route_not_found');
    },
    options,
  );
}

/** A case about atomic batches; a store without them refuses one before it writes anything. */
export function defineAtomicCase(id: string, claim: string, run: Case['run'], options?: CaseOptions): Case {
  return defineBatchCase(
    id,
    `${claim}; without atomic batches one is refused with 501 and writes nothing`,
    async (stage) => {
      if (stage.capabilities.atomicBatch !== 'none') return run(stage);
      const b = openBatches(stage);
      const headers = { 'Idempotency-Key': `refused-${stage.namespace}` };
      const refused = () => b.send([b.set('refused', 'v')], { atomic: true, headers });
      expectProblem(await refused(), 501, 'capability_unsupported');
      await b.run([b.get('refused')], [404]);
      // The refusal leaves the key free: what follows is not a replay.
      expectTrue((await refused()).header('idempotency-replayed') === undefined, 'a fresh refusal', 'a replay');
      await b.run([b.get('refused')], [404], { headers: { 'Idempotency-Key': `refused-${stage.namespace}` } });
    },
    options,
  );
}
