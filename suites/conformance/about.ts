/** What a server says of itself: version, capabilities, health, the testing clock, and the OpenAPI document. */

import { Value } from 'typebox/value';
import { Capabilities } from '../../reports/schema.ts';
import { expectEqual, expectHeader, expectProblem, expectStatus, expectTrue, recordOf } from '../check.ts';
import { sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case } from '../suite.ts';

const years100Ms = 36_525 * 86_400_000;

const refusedAdvances: readonly { readonly id: string; readonly what: string; readonly body: string }[] = [
  { id: 'backwards', what: 'a negative advanceMs', body: '{"advanceMs":-1}' },
  { id: 'fraction', what: 'a fraction of a millisecond', body: '{"advanceMs":1.5}' },
  { id: 'text', what: 'a text for advanceMs', body: '{"advanceMs":"1000"}' },
  { id: 'huge', what: 'more than 100 years', body: `{"advanceMs":${years100Ms + 1}}` },
  { id: 'nothing', what: 'no advanceMs', body: '{}' },
  { id: 'not-json', what: 'a body that is not JSON', body: 'advanceMs=1' },
  { id: 'empty', what: 'no body', body: '' },
];

export const aboutCases: readonly Case[] = [
  defineCase('about/version', 'GET /version tells version, build, system and store', async (stage) => {
    const answer = expectStatus(await sendTo(stage, { method: 'GET', path: '/api/v1/version' }), 200);
    expectHeader(answer, 'content-type', /^application\/json/);
    const body = recordOf(answer.json(), 'the body', answer);
    for (const name of ['version', 'build']) {
      expectTrue(typeof body[name] === 'string' && body[name] !== '', `a text in ${name}`, String(body[name]), answer);
    }
    const system = recordOf(body.system, 'system', answer);
    for (const name of ['node', 'platform', 'arch']) {
      expectTrue(typeof system[name] === 'string', `a text in system.${name}`, String(system[name]), answer);
    }
    const backend = recordOf(body.backend, 'backend', answer);
    expectTrue(typeof backend.engine === 'string', 'a text in backend.engine', String(backend.engine), answer);
    expectTrue('engineVersion' in backend, 'the member backend.engineVersion', 'none', answer);
  }),
  defineCase('about/capabilities', 'GET /capabilities has the documented form', async (stage) => {
    const answer = expectStatus(await sendTo(stage, { method: 'GET', path: '/api/v1/capabilities' }), 200);
    expectHeader(answer, 'content-type', /^application\/json/);
    const body = answer.json();
    const [error] = Value.Errors(Capabilities, body);
    expectTrue(error === undefined, 'the documented form', `${error?.instancePath}: ${error?.message}`, answer);
    const { limits, durability } = body as Capabilities;
    expectTrue(limits.keyBytes >= 1_024, 'keys of 1,024 bytes', `${limits.keyBytes}`, answer);
    expectTrue(limits.ttlMs <= years100Ms, 'a TTL of at most 100 years', `${limits.ttlMs} ms`, answer);
    expectTrue(limits.listItems >= 1, 'pages of at least one item', `${limits.listItems}`, answer);
    expectTrue(durability.probedBy !== '', 'how durability was probed', 'nothing', answer);
  }),
  defineCase(
    'about/capabilities-durability',
    'A durability of on-ack means that a power loss takes 0 ms of writes',
    async (stage) => {
      const { profile, windowMs } = stage.capabilities.durability;
      const holds = profile === 'on-ack' ? windowMs === 0 : profile !== 'prefix' || (windowMs ?? 0) > 0;
      expectTrue(holds, `a window that fits the profile ${profile}`, `${windowMs}`);
    },
  ),
  defineCase('about/live', 'GET /health/live is 200 while the process answers', async (stage) => {
    const answer = expectStatus(await sendTo(stage, { method: 'GET', path: '/health/live' }), 200);
    expectEqual('the body', answer.json(), { status: 'live' }, answer);
  }),
  defineCase('about/ready', 'GET /health/ready is 200 while the store answers', async (stage) => {
    const answer = expectStatus(await sendTo(stage, { method: 'GET', path: '/health/ready' }), 200);
    // Beside it stands what the server runs short of.
    const { status } = answer.json() as { readonly status?: unknown };
    expectEqual('the status', status, 'ready', answer);
  }),
  ...refusedAdvances.map(({ id, what, body }) =>
    defineCase(
      `about/clock-refuses-${id}`,
      `The testing clock refuses ${what}, and is absent from a server that is not for testing`,
      async (stage) => {
        const answer = await sendTo(stage, { method: 'POST', path: '/testing/clock', body });
        if (stage.capabilities.testing.clock) expectProblem(answer, 400, 'invalid_body');
        else expectProblem(answer, 404, 'route_not_found');
      },
    ),
  ),
  defineCase(
    'about/clock-tells-the-time',
    'The testing clock answers with the time after the move',
    async (stage) => {
      const advance = async (advanceMs: number): Promise<number> => {
        const body = JSON.stringify({ advanceMs });
        const answer = expectStatus(await sendTo(stage, { method: 'POST', path: '/testing/clock', body }), 200);
        return Number(recordOf(answer.json(), 'the body', answer).nowMs);
      };
      const before = await advance(1);
      const movedMs = (await advance(86_400_000)) - before;
      expectEqual('the milliseconds between two moves', movedMs, 86_400_000);
    },
    {
      isolation: 'server',
      requires: ['server', 'testing.clock'],
      serverFlags: ['--testing-seed', '1'],
      costMs: 500,
    },
  ),
];
