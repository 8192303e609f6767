/** Who may do what, on a server with credentials. */

import { readFile, writeFile } from 'node:fs/promises';
import type { Answer } from '../answer.ts';
import { expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { authorizationOf, type Holder, renderCredentialsFile, secret } from '../credentials.ts';
import type { Case, ServerHandle, Stage } from '../suite.ts';
import { admin, ask, defineAccessCase, limited, reader, writer } from './access-case.ts';

const key = '/api/v1/kv/out/c/k';

/** All that an answer tells, but for what is its own in every answer. */
function told(answer: Answer): string {
  const own = ['date', 'x-request-id', 'connection', 'keep-alive', 'content-length'];
  const headers = answer.headerNames.filter((name) => !own.includes(name)).sort();
  const body = answer.body.toString().replace(/"requestId":"[^"]*"/, '');
  return [answer.status, ...headers.map((name) => `${name}: ${answer.header(name)}`), body].join('\n');
}

function serverOf(stage: Stage): ServerHandle & { readonly credentialsFile: string } {
  const { server } = stage;
  if (server?.credentialsFile === undefined) throw new Error('the stage has no server with a credentials file');
  return { ...server, baseUrl: server.baseUrl, pid: server.pid, credentialsFile: server.credentialsFile };
}

/** Replaces the server's credentials, and waits until `judge` says that they count. */
async function replaceCredentials(stage: Stage, file: string, judge: () => Promise<boolean>): Promise<void> {
  const { credentialsFile, pid } = serverOf(stage);
  await writeFile(credentialsFile, file);
  process.kill(pid, 'SIGHUP');
  while (!(await judge())) stage.signal.throwIfAborted();
}

const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'];
const paths = [
  ...[key, '/api/v1/kv/out/c/absent', '/api/v1/kv/nowhere/c/k', '/api/v1/kv/out/c', '/api/v1/kv/-/c/k', '/nothing'],
  ...['/api/v1/kv/out/c/%ff', '/api/v1/kv/out/c/k?unknown=1', '/api/v1/version', '/openapi.json', '/api/v1/kv/out'],
  ...['/api/v1/kv/batch', '/api/v1/namespaces', '/api/v1/namespaces/out', '/api/v1/namespaces/out/collections'],
  ...['/api/v1/namespaces/out/collections/c?confirm=c', '/api/v1/capabilities', '/metrics', '/debug/log-level'],
];

/** Written for a namespace outside the limit to `in` and `in-2`, or read so by some parser. */
const crossings = [
  ...['out', 'In', 'in%00', 'in.', 'in-', 'in-22', '%6fut', '%256fut', 'in%2F..%2Fout', '..%2Fout', 'in%5C..%5Cout'],
  ...[
    'in%3Bout',
    'in%2Cout',
    '*',
    '%2A',
    'in%0A',
    'in%20',
    '%20in',
    '%EF%BD%89n',
    'i%CC%87n',
    'in%E2%80%8B',
    '%D1%96n',
  ],
  ...['b3V0', 'aW4', 'undefined', '__proto__', 'in%EF%BB%BF', '%E2%80%AEin'],
];

export const accessCases: readonly Case[] = [
  defineAccessCase(
    'no-credentials',
    'Without credentials every path and method gets one and the same 401',
    async (stage) => {
      expectStatus(await ask(stage, 'PUT', key, admin), 201);
      const first = await ask(stage, 'GET', key, undefined);
      expectProblem(first, 401, 'unauthorized');
      expectHeader(first, 'www-authenticate', /^Basic realm="[^"]+".*, Bearer realm="[^"]+"$/);
      for (const path of paths) {
        for (const method of methods) {
          const answer = await ask(stage, method, path, undefined);
          expectEqual(`the answer to ${method} ${path}`, told(answer), told(first), answer);
        }
        const head = expectStatus(await ask(stage, 'HEAD', path, undefined), 401);
        expectEqual('the bytes of a body', head.body.length, 0, head);
      }
      expectStatus(await ask(stage, 'GET', key, admin), 200);
    },
  ),
  defineAccessCase(
    'wrong-credentials',
    'Credentials that are wrong or malformed get the 401 of none at all',
    async (stage) => {
      const expected = told(await ask(stage, 'GET', key, undefined));
      const wrong = [
        ...[authorizationOf(reader, `${secret}x`), authorizationOf(reader, secret.slice(1)), `Bearer ${secret}`],
        ...[
          authorizationOf({ name: 'nobody' }),
          authorizationOf({ name: 'nobody', password: true }),
          'Bearer',
          'Basic',
        ],
        ...[
          authorizationOf({ ...reader, password: true }),
          authorizationOf({ name: 'writer' }),
          'Basic ====',
          'Basic !',
        ],
        ...[`Digest reader.${secret}`, `Token reader.${secret}`, `reader.${secret}`],
        ...[
          `Digest ${secret}`,
          `${authorizationOf(reader)}, ${authorizationOf(admin)}`,
          'Bearer admin.',
          'Basic YWRtaW4=',
        ],
      ];
      for (const authorization of wrong) {
        const answer = await ask(stage, 'GET', key, authorization);
        expectEqual(`the answer to ${authorization}`, told(answer), expected, answer);
      }
    },
  ),
  defineAccessCase(
    'schemes',
    'A password is taken as Basic, a token as Bearer, and the scheme in any letters',
    async (stage) => {
      for (const holder of [writer, reader]) {
        const authorization = authorizationOf(holder);
        const [scheme = '', rest = ''] = authorization.split(' ');
        for (const name of [scheme, scheme.toLowerCase(), scheme.toUpperCase()]) {
          expectStatus(await ask(stage, 'GET', '/api/v1/version', `${name} ${rest}`), 200);
        }
      }
    },
  ),
  defineAccessCase('roles', 'A reader reads and writes nothing; a writer does both', async (stage) => {
    expectStatus(await ask(stage, 'PUT', key, writer), 201);
    for (const path of [key, '/api/v1/kv/out/c', '/api/v1/version', '/api/v1/capabilities', '/openapi.json']) {
      for (const holder of [reader, writer, admin]) expectStatus(await ask(stage, 'GET', path, holder), 200);
    }
    expectStatus(await ask(stage, 'HEAD', key, reader), 200);
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
      expectProblem(await ask(stage, method, key, reader), 403, 'access_denied');
    }
    expectStatus(await ask(stage, 'PATCH', `${key}?ttlMs=60000`, writer), 200);
    expectStatus(await ask(stage, 'DELETE', key, writer), 204);
  }),
  defineAccessCase('health', 'Health is told to everybody, in one word', async (stage) => {
    for (const [path, status] of [['/health/live', 'live'] as const, ['/health/ready', 'ready'] as const]) {
      const answer = expectStatus(await ask(stage, 'GET', path, undefined), 200);
      expectEqual('the status', (answer.json() as { readonly status?: unknown }).status, status, answer);
    }
  }),
  defineAccessCase(
    'limit',
    'A limit to namespaces gives one 403, for keys that exist and for keys that do not',
    async (stage) => {
      expectStatus(await ask(stage, 'PUT', key, admin), 201);
      const first = await ask(stage, 'GET', key, limited);
      expectProblem(first, 403, 'access_denied');
      for (const path of [
        key,
        '/api/v1/kv/out/c/absent',
        '/api/v1/kv/nowhere/c/k',
        '/api/v1/kv/out/-/k',
        '/api/v1/kv/-/c/k',
      ]) {
        for (const method of methods) {
          const answer = await ask(stage, method, path, limited);
          expectEqual(`the answer to ${method} ${path}`, told(answer), told(first), answer);
        }
        expectStatus(await ask(stage, 'HEAD', path, limited), 403);
      }
      const list = await ask(stage, 'GET', '/api/v1/kv/out/c', limited);
      expectEqual('the answer to a listing', told(list), told(first), list);
      for (const namespace of ['in', 'in-2']) {
        expectStatus(await ask(stage, 'PUT', `/api/v1/kv/${namespace}/c/k`, limited), 201);
        expectStatus(await ask(stage, 'GET', `/api/v1/kv/${namespace}/c`, limited), 200);
      }
    },
  ),
  defineAccessCase('crossings', 'No way to write a namespace or a key crosses the limit', async (stage) => {
    for (const namespace of crossings) {
      for (const method of methods) {
        const path = `/api/v1/kv/${namespace}/c/k`;
        expectProblem(await ask(stage, method, path, limited), 403, 'access_denied');
        expectProblem(await ask(stage, method, `${path}?keyEncoding=base64url`, limited), 403, 'access_denied');
      }
    }
    for (const inner of [
      '..%2F..%2Fout%2Fc%2Fk',
      'L291dC9jL2s?keyEncoding=base64url',
      '%2Fout',
      'Li4?keyEncoding=base64url',
    ]) {
      expectStatus(await ask(stage, 'PUT', `/api/v1/kv/in/c/${inner}`, limited), 201);
    }
    for (const path of ['in/../out/c/k', 'in/%2e%2e/out/c/k', '../kv/out/c/k', '/out/c/k', 'in//out/c/k']) {
      const { status } = await ask(stage, 'GET', `/api/v1/kv/${path}`, limited);
      expectTrue([403, 404].includes(status), `403 or 404 for ${path}`, String(status));
    }
    expectStatus(await ask(stage, 'GET', key, admin), 404, 'key_not_found');
  }),
  defineAccessCase(
    'reload',
    'After SIGHUP the new credentials count and the old ones do not; a bad file changes nothing',
    async (stage) => {
      const heir: Holder = { name: 'heir', role: 'read' };
      const statusOf = async (holder: Holder): Promise<number> =>
        (await ask(stage, 'GET', '/api/v1/version', holder)).status;
      expectEqual('statuses before', [await statusOf(reader), await statusOf(heir)], [200, 401]);
      await replaceCredentials(stage, renderCredentialsFile([admin, heir]), async () => (await statusOf(heir)) === 200);
      expectEqual('statuses after', [await statusOf(reader), await statusOf(heir)], [401, 200]);
      const { logFile } = serverOf(stage);
      await replaceCredentials(stage, `credentials: [{name: x, role: read, token: ${secret}}]`, async () =>
        (await readFile(logFile, 'utf8')).includes('The credentials stay as they were'),
      );
      expectEqual('statuses after a bad file', [await statusOf(reader), await statusOf(heir)], [401, 200]);
      const log = await readFile(logFile, 'utf8');
      for (const word of [secret, 'scrypt$', 'Bearer ', 'Basic ']) {
        expectTrue(!log.includes(word), 'a log without credentials', `${word} in the log`);
      }
    },
  ),
  defineAccessCase(
    'rotation',
    'While credentials are replaced under load, those that stay are never refused',
    async (stage) => {
      let running = true;
      let answered = 0;
      const client = async (): Promise<void> => {
        while (running) {
          expectStatus(await ask(stage, 'GET', '/api/v1/version', admin), 200);
          answered += 1;
        }
      };
      const load = Promise.all(Array.from({ length: 8 }, client));
      // It is awaited at the end; one that fails before ends the others.
      load.catch(() => {
        running = false;
      });
      const refused = async (): Promise<boolean> => (await ask(stage, 'GET', key, reader)).status === 401;
      const welcome = async (): Promise<boolean> => !(await refused());
      try {
        for (let i = 0; i < 3; i += 1) {
          await replaceCredentials(stage, renderCredentialsFile([admin]), refused);
          await replaceCredentials(stage, renderCredentialsFile([admin, reader]), welcome);
        }
      } finally {
        running = false;
        await load;
      }
      stage.note.vacuity({ guard: 'requests answered meanwhile', value: answered, minimum: 8 });
    },
  ),
  defineAccessCase(
    'guessing',
    'Wrong secrets are limited for an address, and who is known already goes on',
    async (stage) => {
      expectStatus(await ask(stage, 'GET', '/api/v1/version', reader), 200);
      for (let i = 0; i < 3; i += 1)
        expectStatus(await ask(stage, 'GET', key, authorizationOf(admin, `guess-${i}`)), 401);
      const limitedAnswer = await ask(stage, 'GET', key, authorizationOf(admin, 'guess'));
      expectProblem(limitedAnswer, 429, 'rate_limited');
      expectHeader(limitedAnswer, 'retry-after', /^[1-9]\d*$/);
      expectStatus(await ask(stage, 'GET', '/api/v1/version', reader), 200);
    },
    ['--failed-logins-per-minute', '3'],
  ),
];
