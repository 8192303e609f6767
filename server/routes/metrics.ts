/** GET /metrics: served as long as the process answers, whatever its store does. */

import type { FastifyInstance } from 'fastify';
import { answers } from '../http/openapi.ts';
import { createQueryParser } from '../http/query.ts';
import { Type } from '../http/schema.ts';
import type { MetricsRegistry } from '../metrics/registry.ts';
import { metricsMediaType } from '../metrics/text.ts';

const NoQuery = Type.Object({});
const noQuery = createQueryParser(NoQuery);

export function registerMetrics(app: FastifyInstance, registry: MetricsRegistry): void {
  app.get<{ Querystring: string }>(
    '/metrics',
    {
      config: {
        access: { role: 'read', reach: 'all' },
        doc: {
          operationId: 'getMetrics',
          tags: ['Server'],
          summary: 'Get the metrics',
          querystring: NoQuery,
          ...answers(
            {
              200: {
                description: 'All metrics in the text exposition format of Prometheus',
                content: { [metricsMediaType]: { schema: { type: 'string' } } },
              },
            },
            ['invalid_query'],
          ),
        },
      },
    },
    async (request, reply) => {
      noQuery(request.query);
      return reply
        .header('content-type', metricsMediaType)
        .header('cache-control', 'no-store')
        .send(await registry.render());
    },
  );
}
