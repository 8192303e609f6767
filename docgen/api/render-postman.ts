/** The API as a Postman collection, for people who try requests there. Format: v2.1.0 of the collection schema. */

import { createHash } from 'node:crypto';
import { byCommand } from '../page.ts';
import { type OpenapiDocument, type Parameter, type Route, routesOf } from './openapi-document.ts';

const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
const defaultBaseUrl = 'http://127.0.0.1:7878';

/** A folder for each tag, in the order of the document. The same document gives the same bytes. */
export function renderPostman(document: OpenapiDocument): string {
  const { info, tags } = document;
  const routes = routesOf(document);
  const collection = {
    info: {
      _postman_id: idOf(info.title),
      name: info.title,
      description: byCommand('from docs/api/openapi.yaml'),
      version: info.version,
      schema,
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}', type: 'string' }] },
    variable: [
      { key: 'baseUrl', value: defaultBaseUrl, description: 'Where the server listens' },
      { key: 'token', value: 'none', description: 'Name of a credential, a dot, its secret; without credentials any' },
    ],
    item: tags.map(({ name, description }) => ({
      id: idOf(`tag ${name}`),
      name,
      description,
      item: routes.filter(({ operation }) => operation.tags.includes(name)).map(renderItem),
    })),
  };
  return `${JSON.stringify(collection, null, 2)}\n`;
}

function renderItem(route: Route): object {
  const { method, path, operation } = route;
  const parameters = operation.parameters ?? [];
  const { body, mediaType } = bodyOf(route);
  const contentType = mediaType === undefined ? [] : [{ key: 'Content-Type', value: mediaType }];
  return {
    id: idOf(`${method} ${path}`),
    name: operation.summary,
    request: {
      method,
      header: [...contentType, ...parametersIn('header', parameters)],
      ...(body === undefined ? {} : { body: { mode: 'raw', raw: body, options: { raw: { language: 'json' } } } }),
      url: renderUrl(path, parameters),
      ...(operation.security?.length === 0 ? { auth: { type: 'noauth' } } : {}),
    },
    response: [],
  };
}

function renderUrl(path: string, parameters: readonly Parameter[]): object {
  const segments = path
    .slice(1)
    .split('/')
    .map((segment) => segment.replace(/^\{(.*)\}$/, ':$1'));
  return {
    raw: `{{baseUrl}}/${segments.join('/')}`,
    host: ['{{baseUrl}}'],
    path: segments,
    query: parametersIn('query', parameters),
    variable: parametersIn('path', parameters),
  };
}

/** What a request need not have is there, and turned off. */
function parametersIn(place: Parameter['in'], parameters: readonly Parameter[]): readonly object[] {
  return parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name, example, description = '', required = false }) => ({
      key: name,
      value: example === undefined ? '' : String(example),
      description,
      ...(required ? {} : { disabled: true }),
    }));
}

function bodyOf({ operation }: Route): { readonly body?: string; readonly mediaType?: string } {
  const mediaType = 'application/json';
  const media = operation.requestBody?.content[mediaType];
  return media === undefined ? {} : { body: JSON.stringify(media.example, null, 2), mediaType };
}

/** A UUID of version 8 (RFC 9562, section 5.8) that the name decides: two runs give the same. */
function idOf(name: string): string {
  const bytes = createHash('sha256').update(`commander ${name}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
