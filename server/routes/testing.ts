/** Only under --testing: the clock that a test moves, so that a month of waiting takes a moment. */

import type { FastifyInstance } from 'fastify';
import type { TestingClock } from '../clock.ts';
import { CommanderError } from '../errors.ts';
import { maxTtlMs } from '../http/expiry.ts';
import { readJsonBody } from '../http/json-body.ts';
import { answers, jsonContent } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';

const Advance = Type.Object(
  { advanceMs: Type.Integer({ minimum: 1, maximum: maxTtlMs, description: 'How far, in milliseconds' }) },
  { examples: [{ advanceMs: 60_000 }] },
);
const NoQuery = Type.Object({});
const noQuery = createQueryParser(NoQuery);
const Now = Type.Object({ nowMs: Type.Integer({ description: 'Milliseconds since the epoch' }) });

/** RFC 3339 has years of four digits, and every expiry that is allowed then has to fit. */
const latestMs = Date.UTC(9999, 11, 31) - maxTtlMs;

export function registerTesting(app: FastifyInstance, clock: TestingClock): void {
  app.post<{ Body: Buffer | undefined; Querystring: string }>(
    '/testing/clock',
    {
      config: {
        access: 'open',
        doc: {
          operationId: 'advanceClock',
          tags: ['Testing'],
          summary: 'Move the testing clock forward',
          querystring: NoQuery,
          body: { required: true, content: jsonContent(Advance) },
          ...answers({ 200: { description: 'The time it is now', content: jsonContent(Now) } }, [
            'invalid_query',
            'invalid_body',
            'value_too_large',
            'unsupported_content',
          ]),
        },
      },
    },
    async (request) => {
      noQuery(request.query);
      const advanceMs = readAdvance(request.body);
      if (clock.now() + advanceMs > latestMs) {
        throw new CommanderError('invalid_body', 'The testing clock ends 100 years before the year 10000.');
      }
      return { nowMs: clock.advance(advanceMs) };
    },
  );
}

function readAdvance(body: Buffer | undefined): number {
  const parsed = readJsonBody(body, '{"advanceMs": 1000}');
  const advanceMs =
    typeof parsed === 'object' && parsed !== null && 'advanceMs' in parsed ? parsed.advanceMs : undefined;
  if (typeof advanceMs !== 'number' || !Number.isInteger(advanceMs) || advanceMs < 1 || advanceMs > maxTtlMs) {
    throw new CommanderError('invalid_body', `advanceMs is an integer from 1 to ${maxTtlMs}.`);
  }
  return advanceMs;
}
