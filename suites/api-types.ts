// Written by `npx orchestrator docs` from the /openapi.json of a running server; do not edit.

export interface paths {
  readonly '/openapi.json': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Get the OpenAPI document */
    readonly get: operations['getOpenapi'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/version': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Get the version */
    readonly get: operations['getVersion'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/capabilities': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Get the capabilities */
    readonly get: operations['getCapabilities'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/health/live': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Check liveness */
    readonly get: operations['getLive'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/health/ready': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Check readiness */
    readonly get: operations['getReady'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/metrics': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Get the metrics */
    readonly get: operations['getMetrics'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/debug/log-level': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Get the level of the log */
    readonly get: operations['getLogLevel'];
    /** Change the level of the log until the server ends */
    readonly put: operations['putLogLevel'];
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/kv/{namespace}/{collection}/{key}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Read a value */
    readonly get: operations['getValue'];
    /** Set a value */
    readonly put: operations['putValue'];
    /** Set a value, as PUT does */
    readonly post: operations['postValue'];
    /** Delete a key */
    readonly delete: operations['deleteValue'];
    readonly options?: never;
    /** Ask whether a key exists */
    readonly head: operations['getValue-head'];
    /** Change when a key expires */
    readonly patch: operations['touchValue'];
    readonly trace?: never;
  };
  readonly '/api/v1/kv/{namespace}/{collection}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** List the keys of a collection */
    readonly get: operations['listKeys'];
    readonly put?: never;
    readonly post?: never;
    /** Delete the keys of a collection that begin alike */
    readonly delete: operations['deleteKeys'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/kv/batch': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Read and write several keys */
    readonly post: operations['runBatch'];
    /** Delete several keys */
    readonly delete: operations['deleteBatch'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/namespaces/{namespace}/collections/{collection}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    /** Drop a collection */
    readonly delete: operations['dropCollection'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/namespaces/{namespace}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    /** Drop a namespace */
    readonly delete: operations['dropNamespace'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/namespaces': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** List the namespaces */
    readonly get: operations['listNamespaces'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/namespaces/{namespace}/collections': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** List the collections of a namespace */
    readonly get: operations['listCollections'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/testing/clock': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Move the testing clock forward */
    readonly post: operations['advanceClock'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description RFC 9457 problem document */
    readonly Problem: {
      /** @description urn:commander:error: and the code */
      readonly type: string;
      /** @description The same for every occurrence of the code */
      readonly title: string;
      readonly status: number;
      /** @description What was expected and what came */
      readonly detail: string;
      /** @enum {string} */
      readonly code:
        | 'malformed_request'
        | 'malformed_url'
        | 'invalid_query'
        | 'invalid_header'
        | 'invalid_name'
        | 'invalid_key'
        | 'invalid_ttl'
        | 'invalid_cursor'
        | 'invalid_filter'
        | 'invalid_body'
        | 'unauthorized'
        | 'forbidden'
        | 'access_denied'
        | 'key_not_found'
        | 'route_not_found'
        | 'method_not_allowed'
        | 'request_timeout'
        | 'debug_busy'
        | 'batch_aborted'
        | 'idempotency_running'
        | 'outcome_unknown'
        | 'precondition_failed'
        | 'value_too_large'
        | 'batch_too_large'
        | 'url_too_long'
        | 'unsupported_content'
        | 'expectation_failed'
        | 'rate_limited'
        | 'idempotency_mismatch'
        | 'confirmation_required'
        | 'headers_too_large'
        | 'record_corrupt'
        | 'internal_error'
        | 'server_busy'
        | 'capability_unsupported'
        | 'store_unavailable'
        | 'overloaded'
        | 'shutting_down'
        | 'insufficient_memory'
        | 'store_full';
      /** @description The same request may succeed later without a change */
      readonly retryable: boolean;
      /** @description Also in the log and in the X-Request-Id header */
      readonly requestId: string;
      /** @description With batch_aborted: the operation whose condition failed, from 0 */
      readonly index?: number;
      /** @description With batch_aborted: the code that the operation alone would get */
      readonly reason?: string;
      /** @description With batch_aborted: what the key has now; absent when there is none */
      readonly etag?: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  readonly getOpenapi: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description This API as an OpenAPI 3.1 document */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly [key: string]: unknown;
          };
        };
      };
    };
  };
  readonly getVersion: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The versions of the server and its store */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description Of the server */
            readonly version: string;
            /** @description What the server was built from; `source` in a clone */
            readonly build: string;
            /** @description What the server runs on */
            readonly system: {
              readonly node: string;
              readonly platform: string;
              readonly arch: string;
            };
            /** @description The store, and its version as it tells it */
            readonly backend: {
              readonly engine: string;
              readonly engineVersion: string | null;
            };
          };
        };
      };
    };
  };
  readonly getCapabilities: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description What this server and its store can do, as probed */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly limits: {
              /** @description Longest key */
              readonly keyBytes: number;
              /** @description Largest value */
              readonly valueBytes: number;
              /** @description Longest time to live */
              readonly ttlMs: number;
              /** @description Most items of a page */
              readonly listItems: number;
              /** @description Most operations of a batch */
              readonly batchItems: number;
            };
            /**
             * @description How far a batch can be atomic
             * @enum {string}
             */
            readonly atomicBatch: 'none' | 'collection' | 'store';
            /** @description Whether a listing takes a filter */
            readonly filter: boolean;
            readonly expiry: {
              /** @description How exactly a record ends */
              readonly precisionMs: number;
            };
            readonly durability: {
              /**
               * @description on-ack: nothing acknowledged is lost; prefix: the last moments may be; none: all may be
               * @enum {string}
               */
              readonly profile: 'on-ack' | 'prefix' | 'none' | 'unknown';
              /** @description What a power loss may take, in milliseconds */
              readonly windowMs: number | null;
              /** @description How this was found out */
              readonly probedBy: string;
            };
            readonly testing: {
              /** @description Whether POST /testing/clock exists */
              readonly clock: boolean;
            };
          };
        };
      };
    };
  };
  readonly getLive: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The process answers */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description One word */
            readonly status: string;
          };
        };
      };
    };
  };
  readonly getReady: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The store answers and requests are welcome */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description One word */
            readonly status: string;
            /** @description low_disk: writes are 507, reads and deletes go on; low_memory: request bodies are 503; overloaded: most requests are 503 */
            readonly warnings: readonly ('low_disk' | 'low_memory' | 'overloaded')[];
            /** @description Present when a damaged data file was replaced */
            readonly recovery?: {
              /**
               * Format: date-time
               * @description When the data file was found damaged
               */
              readonly foundAt: string;
              /** @description What was wrong with it */
              readonly fault: string;
              /** @description Where it is kept; the report ends when that is moved away */
              readonly quarantine: string;
              /** @description What was written from here on is lost; null: all */
              readonly lostFrom: string | null;
              /**
               * Format: date-time
               * @description What was written from here on is there
               */
              readonly lostTo: string;
            };
            /** @description Records found damaged at the start, when there are any */
            readonly damagedRecords?: number;
            /** @description Present, and true, when the last snapshot failed */
            readonly snapshotsFailing?: boolean;
          };
        };
      };
    };
  };
  readonly getMetrics: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description All metrics in the text exposition format of Prometheus */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'text/plain; version=0.0.4; charset=utf-8': string;
        };
      };
    };
  };
  readonly getLogLevel: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The level */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /**
             * @description Least severe line that is written
             * @enum {string}
             */
            readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
          };
        };
      };
    };
  };
  readonly putLogLevel: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        /**
         * @example {
         *       "level": "debug"
         *     }
         */
        readonly 'application/json': {
          /**
           * @description Least severe line that is written
           * @enum {string}
           */
          readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
        };
      };
    };
    readonly responses: {
      /** @description The level it is now */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /**
             * @description Least severe line that is written
             * @enum {string}
             */
            readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
          };
        };
      };
    };
  };
  readonly getValue: {
    readonly parameters: {
      readonly query?: {
        /** @description The key segment is base64url of the key: the only way to the keys `.` and `..` */
        readonly keyEncoding?: 'base64url';
      };
      readonly header?: {
        /** @description Only if the key exists with one of these entity tags, or `*` */
        readonly 'if-match'?: string;
        /** @description Only if it has none of these entity tags; `*`: is absent */
        readonly 'if-none-match'?: string;
        /** @description With a cache: `no-cache` reads from the store, `no-store` keeps nothing of it, `max-age` bounds the age of what is answered */
        readonly 'cache-control'?: string;
      };
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
        /**
         * @description Key: any well-formed UTF-8 of 1 to 1024 bytes, percent-encoded once
         * @example apple
         */
        readonly key: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The value, with the media type it was stored with */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          /** @description With a cache: `hit` when it answered, `miss` when the store did */
          readonly 'x-cache'?: string;
          /** @description With a hit: seconds since the record was read from the store */
          readonly age?: number;
          /** @description When it was written */
          readonly 'last-modified'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': unknown;
          readonly '*/*': string;
        };
      };
      /** @description If-None-Match names the current entity tag */
      readonly 304: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          /** @description With a cache: `hit` when it answered, `miss` when the store did */
          readonly 'x-cache'?: string;
          /** @description With a hit: seconds since the record was read from the store */
          readonly age?: number;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly putValue: {
    readonly parameters: {
      readonly query?: {
        /** @description The key segment is base64url of the key: the only way to the keys `.` and `..` */
        readonly keyEncoding?: 'base64url';
        /** @description Time to live in milliseconds, at most 100 years */
        readonly ttlMs?: number;
        /** @description When the record expires: RFC 3339 UTC with milliseconds, in the future */
        readonly expiresAt?: string;
        /** @description Keep the expiry that the record has; only `true` */
        readonly keepTtl?: boolean;
      };
      readonly header?: {
        /** @description Only if the key exists with one of these entity tags, or `*` */
        readonly 'if-match'?: string;
        /** @description Only if it has none of these entity tags; `*`: is absent */
        readonly 'if-none-match'?: string;
      };
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
        /**
         * @description Key: any well-formed UTF-8 of 1 to 1024 bytes, percent-encoded once
         * @example apple
         */
        readonly key: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: {
      readonly content: {
        /**
         * @example {
         *       "eur": 0.4
         *     }
         */
        readonly 'application/json': unknown;
        readonly 'text/plain': string;
        readonly '*/*': string;
      };
    };
    readonly responses: {
      /** @description The value was replaced */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The key was created */
      readonly 201: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly postValue: {
    readonly parameters: {
      readonly query?: {
        /** @description The key segment is base64url of the key: the only way to the keys `.` and `..` */
        readonly keyEncoding?: 'base64url';
        /** @description Time to live in milliseconds, at most 100 years */
        readonly ttlMs?: number;
        /** @description When the record expires: RFC 3339 UTC with milliseconds, in the future */
        readonly expiresAt?: string;
        /** @description Keep the expiry that the record has; only `true` */
        readonly keepTtl?: boolean;
      };
      readonly header?: {
        /** @description Only if the key exists with one of these entity tags, or `*` */
        readonly 'if-match'?: string;
        /** @description Only if it has none of these entity tags; `*`: is absent */
        readonly 'if-none-match'?: string;
      };
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
        /**
         * @description Key: any well-formed UTF-8 of 1 to 1024 bytes, percent-encoded once
         * @example apple
         */
        readonly key: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: {
      readonly content: {
        /**
         * @example {
         *       "eur": 0.4
         *     }
         */
        readonly 'application/json': unknown;
        readonly 'text/plain': string;
        readonly '*/*': string;
      };
    };
    readonly responses: {
      /** @description The value was replaced */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The key was created */
      readonly 201: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly deleteValue: {
    readonly parameters: {
      readonly query?: {
        /** @description The key segment is base64url of the key: the only way to the keys `.` and `..` */
        readonly keyEncoding?: 'base64url';
      };
      readonly header?: {
        /** @description Only if the key exists with one of these entity tags, or `*` */
        readonly 'if-match'?: string;
        /** @description Only if it has none of these entity tags; `*`: is absent */
        readonly 'if-none-match'?: string;
      };
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
        /**
         * @description Key: any well-formed UTF-8 of 1 to 1024 bytes, percent-encoded once
         * @example apple
         */
        readonly key: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The key was deleted */
      readonly 204: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly 'getValue-head': {
    readonly parameters: {
      readonly query?: {
        /** @description The key segment is base64url of the key: the only way to the keys `.` and `..` */
        readonly keyEncoding?: 'base64url';
      };
      readonly header?: {
        /** @description Only if the key exists with one of these entity tags, or `*` */
        readonly 'if-match'?: string;
        /** @description Only if it has none of these entity tags; `*`: is absent */
        readonly 'if-none-match'?: string;
        /** @description With a cache: `no-cache` reads from the store, `no-store` keeps nothing of it, `max-age` bounds the age of what is answered */
        readonly 'cache-control'?: string;
      };
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
        /**
         * @description Key: any well-formed UTF-8 of 1 to 1024 bytes, percent-encoded once
         * @example apple
         */
        readonly key: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The headers of GET alone */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          /** @description With a cache: `hit` when it answered, `miss` when the store did */
          readonly 'x-cache'?: string;
          /** @description With a hit: seconds since the record was read from the store */
          readonly age?: number;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      /** @description If-None-Match names the current entity tag */
      readonly 304: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          /** @description With a cache: `hit` when it answered, `miss` when the store did */
          readonly 'x-cache'?: string;
          /** @description With a hit: seconds since the record was read from the store */
          readonly age?: number;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly touchValue: {
    readonly parameters: {
      readonly query?: {
        /** @description The key segment is base64url of the key: the only way to the keys `.` and `..` */
        readonly keyEncoding?: 'base64url';
        /** @description Time to live in milliseconds, at most 100 years */
        readonly ttlMs?: number;
        /** @description When the record expires: RFC 3339 UTC with milliseconds, in the future */
        readonly expiresAt?: string;
        /** @description Take the expiry away; only `true` */
        readonly persist?: boolean;
      };
      readonly header?: {
        /** @description Only if the key exists with one of these entity tags, or `*` */
        readonly 'if-match'?: string;
        /** @description Only if it has none of these entity tags; `*`: is absent */
        readonly 'if-none-match'?: string;
      };
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
        /**
         * @description Key: any well-formed UTF-8 of 1 to 1024 bytes, percent-encoded once
         * @example apple
         */
        readonly key: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The expiry was changed */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Strong entity tag: opaque, and another one after every write */
          readonly etag?: string;
          /** @description When the record expires, RFC 3339 UTC with milliseconds */
          readonly 'commander-expires-at'?: string;
          readonly [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  readonly listKeys: {
    readonly parameters: {
      readonly query?: {
        /** @description Only keys that begin with it */
        readonly prefix?: string;
        /** @description Only keys bytewise after it */
        readonly after?: string;
        /** @description Items of a page */
        readonly limit?: number;
        /** @description From the page before; not with `after` */
        readonly cursor?: string;
        /** @description Only records whose JSON value passes: a JSON object, `{path: {operator: operand}}` */
        readonly filter?: string;
        /** @description With the values; only `true`. Such a page ends after 4 MB */
        readonly values?: boolean;
      };
      readonly header?: never;
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A page of keys */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly items: readonly (
              | {
                  /** @description The key, as text */
                  readonly key: string;
                  /** @description As in the ETag header, quotes included */
                  readonly etag: string;
                  /** @description The media type it was stored with */
                  readonly contentType: string;
                  /** @description Bytes of the value */
                  readonly size: number;
                  /**
                   * Format: date-time
                   * @description When the record expires
                   */
                  readonly expiresAt?: string;
                  /** @description The value, when it is application/json and valid JSON */
                  readonly json?: unknown;
                  /** @description Else the value, when it is valid UTF-8 */
                  readonly text?: string;
                  /** @description Else the value in base64 */
                  readonly base64?: string;
                }
              | {
                  /** @description The key, as text */
                  readonly key: string;
                  /**
                   * @description The stored record fails its checksum
                   * @enum {string}
                   */
                  readonly error: 'record_corrupt';
                }
            )[];
            /** @description There is more; a page without it is the last */
            readonly cursor?: string;
          };
        };
      };
    };
  };
  readonly deleteKeys: {
    readonly parameters: {
      readonly query: {
        /**
         * @description Delete the keys that begin with it
         * @example app
         */
        readonly prefix: string;
      };
      readonly header?: never;
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description How many were removed, and whether that was all */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description Records that this request removed */
            readonly deleted: number;
            /** @description False: there may be more; send the request again */
            readonly done: boolean;
          };
        };
      };
    };
  };
  readonly runBatch: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description 1 to 255 visible ASCII: sent again, the request is answered and not run again */
        readonly 'idempotency-key'?: string;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        /**
         * @example {
         *       "operations": [
         *         {
         *           "op": "set",
         *           "namespace": "shop",
         *           "collection": "prices",
         *           "key": "apple",
         *           "json": {
         *             "eur": 0.4
         *           },
         *           "ttlMs": 60000
         *         },
         *         {
         *           "op": "get",
         *           "namespace": "shop",
         *           "collection": "prices",
         *           "key": "apple"
         *         }
         *       ]
         *     }
         */
        readonly 'application/json': {
          /** @description All or nothing; see `atomicBatch` of the capabilities */
          readonly atomic?: boolean;
          readonly operations: readonly (
            | {
                /** @enum {string} */
                readonly op: 'get';
                /**
                 * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
                 * @example shop
                 */
                readonly namespace: string;
                /**
                 * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
                 * @example prices
                 */
                readonly collection: string;
                /** @description The key as it is, not percent-encoded: 1 to 1024 bytes of well-formed UTF-8 */
                readonly key: string;
              }
            | {
                /** @enum {string} */
                readonly op: 'set';
                /**
                 * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
                 * @example shop
                 */
                readonly namespace: string;
                /**
                 * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
                 * @example prices
                 */
                readonly collection: string;
                /** @description The key as it is, not percent-encoded: 1 to 1024 bytes of well-formed UTF-8 */
                readonly key: string;
                /** @description The value, stored as it is written after parsing */
                readonly json?: unknown;
                /** @description Or the value as text, stored as it is, in UTF-8 */
                readonly text?: string;
                /** @description Or the value in base64 */
                readonly base64?: string;
                /** @description Media type of the value; without it application/json for `json`, text/plain for `text`, application/octet-stream for `base64` */
                readonly contentType?: string;
                /** @description Time to live in milliseconds */
                readonly ttlMs?: number;
                /**
                 * Format: date-time
                 * @description When the record expires
                 */
                readonly expiresAt?: string;
                /**
                 * @description Keep the expiry that the record has
                 * @enum {boolean}
                 */
                readonly keepTtl?: true;
                /** @description As the header If-Match */
                readonly ifMatch?: string;
                /** @description As the header If-None-Match */
                readonly ifNoneMatch?: string;
              }
            | {
                /** @enum {string} */
                readonly op: 'touch';
                /**
                 * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
                 * @example shop
                 */
                readonly namespace: string;
                /**
                 * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
                 * @example prices
                 */
                readonly collection: string;
                /** @description The key as it is, not percent-encoded: 1 to 1024 bytes of well-formed UTF-8 */
                readonly key: string;
                /** @description Time to live in milliseconds */
                readonly ttlMs?: number;
                /**
                 * Format: date-time
                 * @description When the record expires
                 */
                readonly expiresAt?: string;
                /**
                 * @description Take the expiry away
                 * @enum {boolean}
                 */
                readonly persist?: true;
                /** @description As the header If-Match */
                readonly ifMatch?: string;
                /** @description As the header If-None-Match */
                readonly ifNoneMatch?: string;
              }
            | {
                /** @enum {string} */
                readonly op: 'delete';
                /**
                 * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
                 * @example shop
                 */
                readonly namespace: string;
                /**
                 * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
                 * @example prices
                 */
                readonly collection: string;
                /** @description The key as it is, not percent-encoded: 1 to 1024 bytes of well-formed UTF-8 */
                readonly key: string;
                /** @description As the header If-Match */
                readonly ifMatch?: string;
                /** @description As the header If-None-Match */
                readonly ifNoneMatch?: string;
              }
          )[];
        };
      };
    };
    readonly responses: {
      /** @description Every operation succeeded, or the batch was atomic */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description `true`: the answer of the first request with this key */
          readonly 'idempotency-replayed'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description One for each operation, in the order of the request */
            readonly results: readonly {
              /** @description As the request for this key alone would get, but 200 for every set */
              readonly status: number;
              readonly key: string;
              /** @description As in the ETag header, quotes included */
              readonly etag?: string;
              /** @description The media type it was stored with */
              readonly contentType?: string;
              /** @description Bytes of the value */
              readonly size?: number;
              /**
               * Format: date-time
               * @description When the record expires
               */
              readonly expiresAt?: string;
              /** @description The value, when it is application/json and valid JSON */
              readonly json?: unknown;
              /** @description Else the value, when it is valid UTF-8 */
              readonly text?: string;
              /** @description Else the value in base64 */
              readonly base64?: string;
              /**
               * @description The code, where the status is above 399
               * @enum {string}
               */
              readonly error?:
                | 'malformed_request'
                | 'malformed_url'
                | 'invalid_query'
                | 'invalid_header'
                | 'invalid_name'
                | 'invalid_key'
                | 'invalid_ttl'
                | 'invalid_cursor'
                | 'invalid_filter'
                | 'invalid_body'
                | 'unauthorized'
                | 'forbidden'
                | 'access_denied'
                | 'key_not_found'
                | 'route_not_found'
                | 'method_not_allowed'
                | 'request_timeout'
                | 'debug_busy'
                | 'batch_aborted'
                | 'idempotency_running'
                | 'outcome_unknown'
                | 'precondition_failed'
                | 'value_too_large'
                | 'batch_too_large'
                | 'url_too_long'
                | 'unsupported_content'
                | 'expectation_failed'
                | 'rate_limited'
                | 'idempotency_mismatch'
                | 'confirmation_required'
                | 'headers_too_large'
                | 'record_corrupt'
                | 'internal_error'
                | 'server_busy'
                | 'capability_unsupported'
                | 'store_unavailable'
                | 'overloaded'
                | 'shutting_down'
                | 'insufficient_memory'
                | 'store_full';
              /** @description What was expected and what came */
              readonly detail?: string;
              /** @description The same operation may succeed later without a change */
              readonly retryable?: boolean;
            }[];
          };
        };
      };
      /** @description Some operation did not succeed */
      readonly 207: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description `true`: the answer of the first request with this key */
          readonly 'idempotency-replayed'?: string;
          /** @description Seconds to wait before trying again */
          readonly 'retry-after'?: number;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description One for each operation, in the order of the request */
            readonly results: readonly {
              /** @description As the request for this key alone would get, but 200 for every set */
              readonly status: number;
              readonly key: string;
              /** @description As in the ETag header, quotes included */
              readonly etag?: string;
              /** @description The media type it was stored with */
              readonly contentType?: string;
              /** @description Bytes of the value */
              readonly size?: number;
              /**
               * Format: date-time
               * @description When the record expires
               */
              readonly expiresAt?: string;
              /** @description The value, when it is application/json and valid JSON */
              readonly json?: unknown;
              /** @description Else the value, when it is valid UTF-8 */
              readonly text?: string;
              /** @description Else the value in base64 */
              readonly base64?: string;
              /**
               * @description The code, where the status is above 399
               * @enum {string}
               */
              readonly error?:
                | 'malformed_request'
                | 'malformed_url'
                | 'invalid_query'
                | 'invalid_header'
                | 'invalid_name'
                | 'invalid_key'
                | 'invalid_ttl'
                | 'invalid_cursor'
                | 'invalid_filter'
                | 'invalid_body'
                | 'unauthorized'
                | 'forbidden'
                | 'access_denied'
                | 'key_not_found'
                | 'route_not_found'
                | 'method_not_allowed'
                | 'request_timeout'
                | 'debug_busy'
                | 'batch_aborted'
                | 'idempotency_running'
                | 'outcome_unknown'
                | 'precondition_failed'
                | 'value_too_large'
                | 'batch_too_large'
                | 'url_too_long'
                | 'unsupported_content'
                | 'expectation_failed'
                | 'rate_limited'
                | 'idempotency_mismatch'
                | 'confirmation_required'
                | 'headers_too_large'
                | 'record_corrupt'
                | 'internal_error'
                | 'server_busy'
                | 'capability_unsupported'
                | 'store_unavailable'
                | 'overloaded'
                | 'shutting_down'
                | 'insufficient_memory'
                | 'store_full';
              /** @description What was expected and what came */
              readonly detail?: string;
              /** @description The same operation may succeed later without a change */
              readonly retryable?: boolean;
            }[];
          };
        };
      };
    };
  };
  readonly deleteBatch: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        /**
         * @example {
         *       "keys": [
         *         {
         *           "namespace": "shop",
         *           "collection": "prices",
         *           "key": "apple"
         *         }
         *       ]
         *     }
         */
        readonly 'application/json': {
          readonly keys: readonly {
            /**
             * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
             * @example shop
             */
            readonly namespace: string;
            /**
             * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
             * @example prices
             */
            readonly collection: string;
            /** @description The key as it is, not percent-encoded: 1 to 1024 bytes of well-formed UTF-8 */
            readonly key: string;
          }[];
        };
      };
    };
    readonly responses: {
      /** @description Every key was deleted */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description One for each operation, in the order of the request */
            readonly results: readonly {
              /** @description As the request for this key alone would get, but 200 for every set */
              readonly status: number;
              readonly key: string;
              /** @description As in the ETag header, quotes included */
              readonly etag?: string;
              /** @description The media type it was stored with */
              readonly contentType?: string;
              /** @description Bytes of the value */
              readonly size?: number;
              /**
               * Format: date-time
               * @description When the record expires
               */
              readonly expiresAt?: string;
              /** @description The value, when it is application/json and valid JSON */
              readonly json?: unknown;
              /** @description Else the value, when it is valid UTF-8 */
              readonly text?: string;
              /** @description Else the value in base64 */
              readonly base64?: string;
              /**
               * @description The code, where the status is above 399
               * @enum {string}
               */
              readonly error?:
                | 'malformed_request'
                | 'malformed_url'
                | 'invalid_query'
                | 'invalid_header'
                | 'invalid_name'
                | 'invalid_key'
                | 'invalid_ttl'
                | 'invalid_cursor'
                | 'invalid_filter'
                | 'invalid_body'
                | 'unauthorized'
                | 'forbidden'
                | 'access_denied'
                | 'key_not_found'
                | 'route_not_found'
                | 'method_not_allowed'
                | 'request_timeout'
                | 'debug_busy'
                | 'batch_aborted'
                | 'idempotency_running'
                | 'outcome_unknown'
                | 'precondition_failed'
                | 'value_too_large'
                | 'batch_too_large'
                | 'url_too_long'
                | 'unsupported_content'
                | 'expectation_failed'
                | 'rate_limited'
                | 'idempotency_mismatch'
                | 'confirmation_required'
                | 'headers_too_large'
                | 'record_corrupt'
                | 'internal_error'
                | 'server_busy'
                | 'capability_unsupported'
                | 'store_unavailable'
                | 'overloaded'
                | 'shutting_down'
                | 'insufficient_memory'
                | 'store_full';
              /** @description What was expected and what came */
              readonly detail?: string;
              /** @description The same operation may succeed later without a change */
              readonly retryable?: boolean;
            }[];
          };
        };
      };
      /** @description Some key was not deleted */
      readonly 207: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          /** @description Seconds to wait before trying again */
          readonly 'retry-after'?: number;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description One for each operation, in the order of the request */
            readonly results: readonly {
              /** @description As the request for this key alone would get, but 200 for every set */
              readonly status: number;
              readonly key: string;
              /** @description As in the ETag header, quotes included */
              readonly etag?: string;
              /** @description The media type it was stored with */
              readonly contentType?: string;
              /** @description Bytes of the value */
              readonly size?: number;
              /**
               * Format: date-time
               * @description When the record expires
               */
              readonly expiresAt?: string;
              /** @description The value, when it is application/json and valid JSON */
              readonly json?: unknown;
              /** @description Else the value, when it is valid UTF-8 */
              readonly text?: string;
              /** @description Else the value in base64 */
              readonly base64?: string;
              /**
               * @description The code, where the status is above 399
               * @enum {string}
               */
              readonly error?:
                | 'malformed_request'
                | 'malformed_url'
                | 'invalid_query'
                | 'invalid_header'
                | 'invalid_name'
                | 'invalid_key'
                | 'invalid_ttl'
                | 'invalid_cursor'
                | 'invalid_filter'
                | 'invalid_body'
                | 'unauthorized'
                | 'forbidden'
                | 'access_denied'
                | 'key_not_found'
                | 'route_not_found'
                | 'method_not_allowed'
                | 'request_timeout'
                | 'debug_busy'
                | 'batch_aborted'
                | 'idempotency_running'
                | 'outcome_unknown'
                | 'precondition_failed'
                | 'value_too_large'
                | 'batch_too_large'
                | 'url_too_long'
                | 'unsupported_content'
                | 'expectation_failed'
                | 'rate_limited'
                | 'idempotency_mismatch'
                | 'confirmation_required'
                | 'headers_too_large'
                | 'record_corrupt'
                | 'internal_error'
                | 'server_busy'
                | 'capability_unsupported'
                | 'store_unavailable'
                | 'overloaded'
                | 'shutting_down'
                | 'insufficient_memory'
                | 'store_full';
              /** @description What was expected and what came */
              readonly detail?: string;
              /** @description The same operation may succeed later without a change */
              readonly retryable?: boolean;
            }[];
          };
        };
      };
    };
  };
  readonly dropCollection: {
    readonly parameters: {
      readonly query?: {
        /** @description The name of what is dropped, once more */
        readonly confirm?: string;
      };
      readonly header?: never;
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
        /**
         * @description Collection: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example prices
         */
        readonly collection: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description How many were removed, and whether that was all */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description Records that this request removed */
            readonly deleted: number;
            /** @description False: there may be more; send the request again */
            readonly done: boolean;
          };
        };
      };
    };
  };
  readonly dropNamespace: {
    readonly parameters: {
      readonly query?: {
        /** @description The name of what is dropped, once more */
        readonly confirm?: string;
      };
      readonly header?: never;
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description How many were removed, and whether that was all */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description Records that this request removed */
            readonly deleted: number;
            /** @description False: there may be more; send the request again */
            readonly done: boolean;
          };
        };
      };
    };
  };
  readonly listNamespaces: {
    readonly parameters: {
      readonly query?: {
        /** @description Only names bytewise after this one */
        readonly after?: string;
        /** @description Items of a page */
        readonly limit?: number;
        /** @description From the page before; not with `after` */
        readonly cursor?: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A page of namespaces */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly items: readonly {
              /** @description Its name */
              readonly name: string;
            }[];
            /** @description There is more; a page without it is the last */
            readonly cursor?: string;
          };
        };
      };
    };
  };
  readonly listCollections: {
    readonly parameters: {
      readonly query?: {
        /** @description Only names bytewise after this one */
        readonly after?: string;
        /** @description Items of a page */
        readonly limit?: number;
        /** @description From the page before; not with `after` */
        readonly cursor?: string;
      };
      readonly header?: never;
      readonly path: {
        /**
         * @description Namespace: 1 to 64 of A-Z a-z 0-9 . _ -
         * @example shop
         */
        readonly namespace: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A page of collections */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly items: readonly {
              /** @description Its name */
              readonly name: string;
            }[];
            /** @description There is more; a page without it is the last */
            readonly cursor?: string;
          };
        };
      };
    };
  };
  readonly advanceClock: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        /**
         * @example {
         *       "advanceMs": 60000
         *     }
         */
        readonly 'application/json': {
          /** @description How far, in milliseconds */
          readonly advanceMs: number;
        };
      };
    };
    readonly responses: {
      /** @description The time it is now */
      readonly 200: {
        headers: {
          /** @description Identifies this request in the log */
          readonly 'x-request-id'?: string;
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            /** @description Milliseconds since the epoch */
            readonly nowMs: number;
          };
        };
      };
    };
  };
}
