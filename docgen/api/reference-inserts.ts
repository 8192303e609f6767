/** What the reference says of each route, as far as the OpenAPI document knows it. */

import { isDeepStrictEqual } from 'node:util';
import { anchorOf } from '../anchor-of.ts';
import { renderTable } from '../render-table.ts';
import { describeSchema, fieldsOf } from './describe-schema.ts';
import {
  type ErrorCatalogue,
  type MediaType,
  type OpenapiDocument,
  type Operation,
  type Parameter,
  type Route,
  routesOf,
} from './openapi-document.ts';

interface Common {
  /** Error codes that every route has. */
  readonly codes: readonly string[];
  /** Headers that every answer has. */
  readonly headers: readonly string[];
}

/** Texts for the template: what routes have in common, and for each operation its heading and its tables. */
export function referenceInserts(document: OpenapiDocument): Readonly<Record<string, string>> {
  const routes = routesOf(document);
  const catalogue = document['x-error-catalogue'];
  const common = { codes: commonCodes(routes, catalogue), headers: commonHeaders(routes) };
  const inserts: Record<string, string> = {
    routes: renderRoutes(routes),
    path: renderParameters(pathParameters(routes)),
    headers: renderHeaders(routes, common),
    errors: renderCodes(common.codes, catalogue),
  };
  for (const route of routes) {
    const { method, path, operation } = route;
    const twin = routes.slice(0, routes.indexOf(route)).find((other) => isTwin(other, route));
    inserts[operation.operationId] = `### ${operation.summary}\n\n\`${method} ${path}\``;
    inserts[`${operation.operationId} tables`] =
      twin === undefined
        ? renderTables(operation, catalogue, common)
        : `Parameters, answers and errors are those of [${twin.operation.summary}](#${anchorOf(twin.operation.summary)}).`;
  }
  return inserts;
}

function isTwin(a: Route, b: Route): boolean {
  const contract = ({ parameters, requestBody, responses }: Operation): unknown => [parameters, requestBody, responses];
  return a.path === b.path && isDeepStrictEqual(contract(a.operation), contract(b.operation));
}

/** What a reader comes for stands first. */
function renderRoutes(routes: readonly Route[]): string {
  const isValue = ({ path }: Route): boolean => path.includes('/kv/');
  const sorted = [...routes.filter(isValue), ...routes.filter((route) => !isValue(route))];
  return renderTable(
    ['Route', 'Does'],
    sorted.map(({ method, path, operation }) => [
      `\`${method} ${path}\``,
      `[${operation.summary}](#${anchorOf(operation.summary)})`,
    ]),
  );
}

/** Path parameters mean the same in every route. */
function pathParameters(routes: readonly Route[]): readonly Parameter[] {
  const found = new Map<string, Parameter>();
  for (const { operation } of routes) {
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in === 'path') found.set(parameter.name, parameter);
    }
  }
  return [...found.values()];
}

function renderHeaders(routes: readonly Route[], common: Common): string {
  const meanings = new Map<string, Set<string>>();
  for (const { operation } of routes) {
    for (const { headers = {} } of Object.values(operation.responses)) {
      for (const [name, { description = '' }] of Object.entries(headers)) {
        meanings.set(name, (meanings.get(name) ?? new Set()).add(description));
      }
    }
  }
  return renderTable(
    ['Header', 'Meaning'],
    [...meanings]
      .filter(([name]) => !common.headers.includes(name))
      .map(([name, texts]) => [`\`${name}\``, [...texts].join('. ')]),
  );
}

function commonHeaders(routes: readonly Route[]): readonly string[] {
  const each = routes.flatMap(({ operation }) =>
    Object.values(operation.responses).map(({ headers = {} }) => Object.keys(headers)),
  );
  return (each[0] ?? []).filter((name) => each.every((names) => names.includes(name)));
}

function commonCodes(routes: readonly Route[], catalogue: ErrorCatalogue): readonly string[] {
  const each = routes.map(({ operation }) => codesOf(operation, catalogue));
  return Object.keys(catalogue).filter((code) => each.every((codes) => codes.includes(code)));
}

/** In the order of the catalogue, which is that of the statuses. */
function codesOf(operation: Operation, catalogue: ErrorCatalogue): readonly string[] {
  return Object.keys(catalogue).filter((code) => operation['x-error-codes'].includes(code));
}

/** `400 invalid_name, invalid_key · 404 key_not_found`, each a link. */
function renderCodes(codes: readonly string[], catalogue: ErrorCatalogue): string {
  const statuses = [...new Set(codes.map((code) => catalogue[code]?.status))];
  return statuses
    .map((status) => {
      const links = codes
        .filter((code) => catalogue[code]?.status === status)
        .map((code) => `[\`${code}\`](errors.md#${code})`);
      return `${status} ${links.join(', ')}`;
    })
    .join(' · ');
}

function renderTables(operation: Operation, catalogue: ErrorCatalogue, common: Common): string {
  const own = codesOf(operation, catalogue).filter((code) => !common.codes.includes(code));
  return [
    renderParameters((operation.parameters ?? []).filter((parameter) => parameter.in !== 'path')),
    renderBody('In the body', operation.requestBody?.content),
    renderAnswers(operation, common),
    renderBody('In the answer', operation.responses['200']?.content),
    own.length === 0 ? '' : `Errors of its own: ${renderCodes(own, catalogue)}.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function renderParameters(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return '';
  return renderTable(
    ['Parameter', 'In', 'Value', 'Meaning'],
    parameters.map(({ name, in: place, required = false, schema, description = '' }) => [
      `\`${name}\``,
      required ? place : `${place}, optional`,
      describeSchema(schema),
      description,
    ]),
  );
}

function renderAnswers({ responses }: Operation, common: Common): string {
  const answers = Object.entries(responses).filter(([status]) => Number(status) < 400);
  return renderTable(
    ['Answer', 'Meaning', 'Headers'],
    answers.map(([status, { description, headers = {} }]) => [
      status,
      description,
      Object.keys(headers)
        .filter((name) => !common.headers.includes(name))
        .map((name) => `\`${name}\``)
        .join(', '),
    ]),
  );
}

function renderBody(title: string, content: Readonly<Record<string, MediaType>> | undefined): string {
  const fields = fieldsOf(content?.['application/json']?.schema ?? {});
  if (fields.length === 0) return '';
  return renderTable(
    [title, 'Value', 'Meaning'],
    fields.map(({ name, schema, required }) => [
      `\`${name}\``,
      required ? describeSchema(schema) : `${describeSchema(schema)}, optional`,
      schema.description ?? '',
    ]),
  );
}
