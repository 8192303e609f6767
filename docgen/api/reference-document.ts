/** The OpenAPI document with what the Markdown reference has and it lacks: groups, purpose, captured examples. */

import type { Exchange, ExecutedTemplate } from '../template/run-template.ts';
import { type OpenapiDocument, type Operation, type Response, routesOf } from './openapi-document.ts';

interface Group {
  readonly name: string;
  readonly description: string;
}

/** `reference` is the executed template whose inserts are named after the operations. */
export function withExamples(document: OpenapiDocument, reference: ExecutedTemplate): object {
  const groups = groupsOf(document, reference);
  const paths = Object.entries(document.paths).map(([path, operations]) => {
    const richer = Object.entries(operations).map(([method, operation]) => [
      method,
      describeOperation(operation, reference, groups.get(operation.operationId)),
    ]);
    return [path, Object.fromEntries(richer)];
  });
  return { ...document, tags: [...new Set(groups.values())], paths: Object.fromEntries(paths) };
}

/** By operation, the heading of the second level that it stands under in the template, and the text below that. */
function groupsOf(document: OpenapiDocument, { passages }: ExecutedTemplate): ReadonlyMap<string, Group> {
  const operations = new Set(routesOf(document).map(({ operation }) => operation.operationId));
  const groups = new Map<string, Group>();
  let group: Group = { name: document.info.title, description: '' };
  for (const [insert, passage] of passages) {
    if (operations.has(insert)) groups.set(insert, group);
    const [, name, description] = /(?:^|\n)## (.*)(?:\n+([^#]*))?$/.exec(passage) ?? [];
    if (name !== undefined) group = { name, description: (description ?? '').trim() };
  }
  return groups;
}

function describeOperation(operation: Operation, reference: ExecutedTemplate, group: Group | undefined): object {
  const exchanges = reference.exchanges.filter(({ topic }) => topic === operation.operationId);
  const responses = Object.entries(operation.responses).map(([status, response]) => [
    status,
    describeResponse(
      response,
      exchanges.filter(({ answer }) => String(answer.status) === status),
    ),
  ]);
  const purpose = reference.passages.get(operation.operationId) ?? '';
  return {
    ...operation,
    tags: group === undefined ? [] : [group.name],
    description: forAnotherFile(purpose),
    ...(exchanges.length === 0 ? {} : { 'x-codeSamples': [{ lang: 'curl', source: renderSamples(exchanges) }] }),
    responses: Object.fromEntries(responses),
  };
}

/** Anchors of the Markdown page mean nothing elsewhere, and the search takes a line end for nothing. */
function forAnotherFile(purpose: string): string {
  return purpose.replaceAll('](#', '](reference.md#').replaceAll(/(?<!\n)\n(?!\n)/g, ' ');
}

function renderSamples(exchanges: readonly Exchange[]): string {
  return exchanges.map(({ commands, answer }) => `# ${statusText(answer.head)}\n${commands}`).join('\n\n');
}

function describeResponse(response: Response, exchanges: readonly Exchange[]): Response {
  if (exchanges.length === 0 || response.content === undefined) return response;
  const content = Object.entries(response.content).map(([mediaType, media]) => {
    const examples = exchanges.map(({ commands, answer }, at) => [
      `example-${at + 1}`,
      { summary: summaryOf(commands), value: readBody(answer.body) },
    ]);
    return [mediaType, { ...media, examples: Object.fromEntries(examples) }];
  });
  return { ...response, content: Object.fromEntries(content) };
}

/** `412 Precondition Failed` */
function statusText(head: readonly string[]): string {
  return (head[0] ?? '').replace('HTTP/1.1 ', '');
}

/** The command without what every command of the page has. */
function summaryOf(commands: string): string {
  const line =
    commands
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .at(-1) ?? '';
  return line.replace('curl -i ', '').replace('http://127.0.0.1:7878', '');
}

function readBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
