/** The level of the log, while the server runs. */

import type { FastifyInstance } from 'fastify';
import { CommanderError } from '../errors.ts';
import { readJsonBody } from '../http/json-body.ts';
import { answers, jsonContent } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';
import { type AdjustableLogger, isLogLevel, type LogLevel, logLevels } from '../log.ts';

const NoQuery = Type.Object({});
const noQuery = createQueryParser(NoQuery);
const Level = Type.Object(
  { level: Type.String({ enum: [...logLevels], description: 'Least severe line that is written' }) },
  { examples: [{ level: 'debug' }] },
);
const adminOnly = { access: { role: 'admin', reach: 'all' } } as const;

export function registerLogLevel(app: FastifyInstance, log: AdjustableLogger): void {
  app.get<{ Querystring: string }>(
    '/debug/log-level',
    {
      config: {
        ...adminOnly,
        doc: {
          operationId: 'getLogLevel',
          tags: ['Debugging'],
          summary: 'Get the level of the log',
          querystring: NoQuery,
          ...answers({ 200: { description: 'The level', content: jsonContent(Level) } }, ['invalid_query']),
        },
      },
    },
    async (request) => {
      noQuery(request.query);
      return { level: log.level };
    },
  );

  app.put<{ Body: Buffer | undefined; Querystring: string }>(
    '/debug/log-level',
    {
      config: {
        ...adminOnly,
        doc: {
          operationId: 'putLogLevel',
          tags: ['Debugging'],
          summary: 'Change the level of the log until the server ends',
          querystring: NoQuery,
          body: { required: true, content: jsonContent(Level) },
          ...answers({ 200: { description: 'The level it is now', content: jsonContent(Level) } }, [
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
      const level = readLevel(request.body);
      const before = log.level;
      log.level = level;
      // At a level that writes nothing nobody would learn that it came from here.
      if (level !== before) log.warn({ requestId: request.id, before, level }, 'The level of the log was changed');
      return { level };
    },
  );
}

function readLevel(body: Buffer | undefined): LogLevel {
  const parsed = readJsonBody(body, '{"level": "debug"}');
  const members = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  const [[name, level] = []] = members;
  if (members.length !== 1 || name !== 'level' || !isLogLevel(level)) {
    throw new CommanderError('invalid_body', `The body has one member, level: one of ${logLevels.join(', ')}.`);
  }
  return level;
}
