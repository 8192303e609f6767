/** A session store: who is signed in, for as long as it is used. */

import { etagOf, expectEqual, expectStatus, expectTrue } from '../check.ts';
import { defineCase, defineClockCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';
import { type Documents, demand, openDocuments, valuePath } from './documents.ts';

const halfHourMs = 30 * 60_000;
const visitor = 'visitor/8f2c';

function openSessions(stage: Stage): Documents {
  return openDocuments(stage, { collection: 'sessions' });
}

/** What a server does with every request that carries the session. */
async function use(sessions: Documents, key: string): Promise<number> {
  const answer = await sessions.api.send('patch', valuePath, {
    path: sessions.address(key),
    query: { ttlMs: halfHourMs },
  });
  return answer.status;
}

export const sessionCases: readonly Case[] = [
  defineCase(
    'sessions/sign-in-and-out',
    'A session is prolonged by its use without being rewritten, and a sign-out ends it at once',
    async (stage) => {
      const sessions = openSessions(stage);
      const user = { user: 'ada', roles: ['editor'] };
      demand(await sessions.create(visitor, user, { ttlMs: halfHourMs / 2 }), 'a new session');
      const opened = demand(await sessions.read(visitor), 'the session');
      const touched = expectStatus(
        await sessions.api.send('patch', valuePath, {
          path: sessions.address(visitor),
          query: { ttlMs: halfHourMs },
          header: { 'if-match': opened.etag },
        }),
        200,
      );
      const used = demand(await sessions.read(visitor), 'the session');
      expectEqual('the session', used.json, user);
      expectEqual('its entity tag', used.etag, etagOf(touched));
      expectTrue(String(used.expiresAt) > String(opened.expiresAt), 'a later end', String(used.expiresAt));
      await sessions.remove(visitor);
      expectEqual('the session after the sign-out', await sessions.read(visitor), undefined);
      expectEqual('the status of a use after it', await use(sessions, visitor), 404);
    },
  ),
  defineClockCase(
    'sessions/idle',
    'A session in use outlives its first term, and one that nobody uses ends with it',
    async (stage) => {
      const sessions = openSessions(stage);
      for (const key of ['busy', 'idle']) await sessions.write(key, { user: key }, { ttlMs: halfHourMs });
      for (let i = 0; i < 3; i += 1) {
        await stage.advanceClock(halfHourMs - 1_000);
        expectEqual('the status of a use', await use(sessions, 'busy'), 200);
      }
      expectEqual('the idle session', await sessions.read('idle'), undefined);
      const listed = await sessions.list();
      expectEqual(
        'the sessions that are left',
        listed.map(({ key }) => key),
        ['busy'],
      );
      await stage.advanceClock(halfHourMs);
      expectEqual('the status of a use that comes too late', await use(sessions, 'busy'), 404);
    },
  ),
];
