import { stringify } from 'yaml';
import { byCommand } from '../page.ts';
import { lintOpenapi } from './lint-openapi.ts';
import type { OpenapiDocument } from './openapi-document.ts';

const order = ['openapi', 'info', 'servers', 'security', 'tags', 'paths', 'components'];

/**
 * The document as YAML: what a reader looks for first stands first, routes in the order of the server. Rejects with
 * DocsError when it breaks a rule of the linter.
 */
export async function renderOpenapiYaml(document: OpenapiDocument): Promise<string> {
  await lintOpenapi(document);
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  const sorted = Object.fromEntries(Object.entries(document).sort(([a], [b]) => place(a) - place(b)));
  const notice = byCommand('from the /openapi.json of a running server');
  return `# ${notice}\n${stringify(sorted, { lineWidth: 110, aliasDuplicateObjects: false })}`;
}
