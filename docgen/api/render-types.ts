/** The API's types for suites/typed-client.ts, from the OpenAPI document. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import openapiTypes, { astToString } from 'openapi-typescript';
import { DocsError } from '../docs-error.ts';
import { byCommand } from '../page.ts';
import { repository } from '../repository.ts';
import type { OpenapiDocument, Operation } from './openapi-document.ts';

const biome = join(repository, 'node_modules/@biomejs/biome/bin/biome');

/** `file` is where the text will stand: its name decides the format. The same document gives the same bytes. */
export async function renderTypes(document: OpenapiDocument, file: string): Promise<string> {
  const nodes = await openapiTypes(JSON.stringify(withoutErrors(document)), { immutable: true });
  const notice = byCommand('from the /openapi.json of a running server; do not edit');
  return format(`// ${notice}\n\n${astToString(nodes)}`, file);
}

/** Every answer above 399 is the same problem document: said once, in the components, it need not stand everywhere. */
function withoutErrors(document: OpenapiDocument): object {
  const lean = ({ responses, ...operation }: Operation): object => ({
    ...operation,
    responses: Object.fromEntries(Object.entries(responses).filter(([status]) => Number(status) < 400)),
  });
  const paths = Object.entries(document.paths).map(([path, operations]) => [
    path,
    Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, lean(operation)])),
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}

async function format(source: string, file: string): Promise<string> {
  const args = [biome, 'format', `--stdin-file-path=${join(repository, file)}`];
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(source);
  const [formatted, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new DocsError(`biome format failed: ${said}`);
  return formatted;
}
