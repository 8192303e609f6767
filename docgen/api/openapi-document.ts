/** The parts of an OpenAPI 3.1 document that the pages use. The server draws it from the schemas of its routes. */

import { DocsError } from '../docs-error.ts';

export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema: Schema;
}

export interface MediaType {
  readonly example?: unknown;
  readonly schema?: Schema;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description?: string; readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  /** Codes of the catalogue that the route can answer with. */
  readonly 'x-error-codes': readonly string[];
  readonly description?: string;
  /** Empty: everybody may use the route. */
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
  readonly mend: string;
}

export type ErrorCatalogue = Readonly<Record<string, CatalogueEntry>>;

export interface OpenapiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly 'x-error-catalogue': ErrorCatalogue;
}

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function parseOpenapi(text: string): OpenapiDocument {
  const document = JSON.parse(text) as OpenapiDocument;
  if (!document.openapi?.startsWith('3.1')) throw new DocsError('/openapi.json is no OpenAPI 3.1 document.');
  if (document['x-error-catalogue'] === undefined) throw new DocsError('/openapi.json has no x-error-catalogue.');
  return document;
}

export function routesOf(document: OpenapiDocument): readonly Route[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}
