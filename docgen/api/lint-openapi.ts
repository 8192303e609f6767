import { runRedocly } from './run-redocly.ts';

/** Rejects with DocsError and the linter's words when the document breaks a rule; what the linter warns of counts. */
export async function lintOpenapi(document: object): Promise<void> {
  await runRedocly({
    document,
    command: ['lint', 'openapi.json', '--extends', 'recommended-strict', '--max-problems', '20'],
  });
}
