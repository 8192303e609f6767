/** What the routes over many keys answer: filters, names, removals. */

import { bad, type Exchange, good, neverSeen } from './exchange.ts';

export const list = '/api/v1/kv/{namespace}/{collection}';
const namespaces = '/api/v1/namespaces';
const collections = '/api/v1/namespaces/{namespace}/collections';
const collection = '/api/v1/namespaces/{namespace}/collections/{collection}';
const namespace = '/api/v1/namespaces/{namespace}';

const filtered = (filter: string): string => `/api/v1/kv/n/c?filter=${encodeURIComponent(filter)}`;

export const filterExchanges: readonly Exchange[] = [
  good(list, ['GET', filtered('{"a":{"eq":1}}')], 200),
  good(list, ['GET', `${filtered('{"a":{"eq":1}}')}&values=true&limit=1&prefix=k`], 200),
  bad(list, ['GET', '/api/v1/kv/n/c?filter='], 'invalid_filter'),
  bad(list, ['GET', filtered('{')], 'invalid_filter'),
  bad(list, ['GET', filtered('{"a":{"is":1}}')], 'invalid_filter'),
  bad(list, ['GET', `${filtered('{"a":{"eq":1}}')}&filter=%7B%7D`], 'invalid_query'),
  bad(list, ['GET', `${filtered('{"a":{"eq":1}}')}&cursor=AAAAAAAAAAAAAAAA`], 'invalid_cursor'),
];

export const namesExchanges: readonly Exchange[] = [
  good(namespaces, ['GET', '/api/v1/namespaces'], 200),
  good(namespaces, ['GET', '/api/v1/namespaces?limit=1&after=a'], 200),
  bad(namespaces, ['GET', '/api/v1/namespaces?limit=0'], 'invalid_query'),
  bad(namespaces, ['GET', '/api/v1/namespaces?prefix=a'], 'invalid_query'),
  bad(namespaces, ['GET', '/api/v1/namespaces?after=_'], 'invalid_query'),
  bad(namespaces, ['GET', '/api/v1/namespaces?after=a/b'], 'invalid_query'),
  bad(namespaces, ['GET', '/api/v1/namespaces?after=%ff'], 'malformed_url'),
  bad(namespaces, ['GET', '/api/v1/namespaces?cursor=AAAAAAAAAAAAAAAA'], 'invalid_cursor'),
  good(collections, ['GET', '/api/v1/namespaces/nothing/collections'], 200),
  bad(collections, ['GET', '/api/v1/namespaces/_/collections'], 'invalid_name'),
  bad(collections, ['GET', '/api/v1/namespaces/n/collections?limit=1001'], 'invalid_query'),
  bad(collections, ['GET', '/api/v1/namespaces/n/collections?cursor=x'], 'invalid_cursor'),
];

const removals: readonly (readonly [of: string, url: string])[] = [
  [list, '/api/v1/kv/n/x?prefix=p'],
  [collection, '/api/v1/namespaces/n/collections/x?confirm=x'],
  [namespace, '/api/v1/namespaces/x?confirm=x'],
];

export const removalExchanges: readonly Exchange[] = [
  ...removals.flatMap(([of, url]) => [
    good(of, ['DELETE', url], 200),
    bad(of, ['DELETE', `${url}&x=1`], 'invalid_query'),
    bad(of, ['DELETE', url, { 'if-match': neverSeen }], 'invalid_header'),
    bad(of, ['DELETE', url, { 'if-none-match': '*' }], 'invalid_header'),
    bad(of, ['DELETE', url, { 'if-unmodified-since': 'Mon, 23 Nov 2026 04:42:02 GMT' }], 'invalid_header'),
    bad(of, ['DELETE', url, { 'content-range': 'bytes 0-1/2' }], 'invalid_header'),
    bad(of, ['DELETE', url, { 'content-encoding': 'gzip' }], 'unsupported_content'),
    bad(of, ['DELETE', url, { 'content-type': 'nonsense' }], 'unsupported_content'),
    bad(of, ['DELETE', url, {}, 'x'], 'invalid_body'),
    bad(of, ['DELETE', url, {}, 'x'.repeat(1_001)], 'value_too_large'),
  ]),
  bad(list, ['DELETE', '/api/v1/kv/n/c'], 'invalid_query'),
  bad(list, ['DELETE', '/api/v1/kv/n/c?prefix='], 'invalid_query'),
  bad(list, ['DELETE', '/api/v1/kv/n/c?prefix=a&prefix=a'], 'invalid_query'),
  bad(list, ['DELETE', `/api/v1/kv/n/c?prefix=${'x'.repeat(1_025)}`], 'invalid_query'),
  bad(list, ['DELETE', '/api/v1/kv/n/_?prefix=a'], 'invalid_name'),
  bad(collection, ['DELETE', '/api/v1/namespaces/n/collections/c'], 'confirmation_required'),
  bad(collection, ['DELETE', '/api/v1/namespaces/n/collections/c?confirm=n'], 'confirmation_required'),
  bad(collection, ['DELETE', '/api/v1/namespaces/n/collections/_?confirm=_'], 'invalid_name'),
  bad(namespace, ['DELETE', '/api/v1/namespaces/n'], 'confirmation_required'),
  bad(namespace, ['DELETE', '/api/v1/namespaces/n?confirm='], 'confirmation_required'),
  bad(namespace, ['DELETE', '/api/v1/namespaces/n?confirm=true'], 'confirmation_required'),
  bad(namespace, ['DELETE', '/api/v1/namespaces/-?confirm=-'], 'invalid_name'),
];
