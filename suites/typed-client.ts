/**
 * Requests by the OpenAPI document of the server: a path, a parameter, a JSON body or a status that the document does
 * not have does not compile. They go through the client of the suites, one attempt each.
 */

import type { Answer } from './answer.ts';
import type { paths } from './api-types.ts';
import { expectStatus } from './check.ts';
import { sendTo } from './collection.ts';
import type { Stage } from './suite.ts';

type Method = 'get' | 'head' | 'put' | 'post' | 'patch' | 'delete';
type Path = keyof paths;
type PathWith<M extends Method> = { [P in Path]: paths[P] extends Readonly<Record<M, object>> ? P : never }[Path];
type OperationAt<P extends Path, M extends Method> = paths[P] extends Readonly<Record<M, infer O>> ? O : never;

type Parameters<O, Place extends string> = O extends {
  readonly parameters: { readonly [K in Place]?: infer V };
}
  ? NonNullable<V>
  : never;
type Json<Part> = Part extends { readonly content: { readonly 'application/json': infer J } } ? J : never;

/** Members that an operation must have are required, and what it does not take is not there. */
type RequestOf<O> = ([Parameters<O, 'path'>] extends [never] ? unknown : { readonly path: Parameters<O, 'path'> }) &
  ([Parameters<O, 'query'>] extends [never] ? unknown : { readonly query?: Parameters<O, 'query'> }) &
  ([Parameters<O, 'header'>] extends [never] ? unknown : { readonly header?: Parameters<O, 'header'> }) &
  (O extends { readonly requestBody: infer B }
    ? { readonly json: Json<B> }
    : O extends { readonly requestBody?: infer B }
      ? [NonNullable<B>] extends [never]
        ? unknown
        : { readonly json?: Json<NonNullable<B>>; readonly text?: string }
      : unknown) & { readonly authorization?: string };

/** An answer that remembers what its operation may answer. */
export interface TypedAnswer<O> extends Answer {
  readonly operation?: O;
}

type StatusOf<O> = O extends { readonly responses: infer R } ? keyof R & number : never;
type JsonAt<O, S> = O extends { readonly responses: infer R } ? (S extends keyof R ? Json<R[S]> : never) : never;

export interface Api {
  send<M extends Method, P extends PathWith<M>>(
    method: M,
    path: P,
    request: RequestOf<OperationAt<P, M>>,
  ): Promise<TypedAnswer<OperationAt<P, M>>>;
}

/** Demands a status that the operation has, and returns the JSON that comes with it. */
export function jsonOf<O, S extends StatusOf<O>>(answer: TypedAnswer<O>, status: S): JsonAt<O, S> {
  return expectStatus(answer, status).json() as JsonAt<O, S>;
}

/** What `RequestOf` comes to, for whoever only sends it. */
interface AnyRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly authorization?: string;
}

export function openApi(stage: Stage): Api {
  return {
    send(method, path, request) {
      const { path: names = {}, query = {}, header = {}, json, text, authorization }: AnyRequest = request;
      const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
      const body = json === undefined ? text : JSON.stringify(json);
      const mediaType = json === undefined ? 'text/plain' : 'application/json';
      return sendTo(stage, {
        method: method.toUpperCase(),
        path: search.length === 0 ? target : `${target}?${search.join('&')}`,
        headers: {
          ...header,
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === undefined ? {} : { 'content-type': mediaType }),
        },
        body,
      });
    },
  };
}
