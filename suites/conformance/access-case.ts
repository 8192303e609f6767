/** What the cases about access have in common: a server with four credentials, and who sends with which. */

import type { Answer } from '../answer.ts';
import { authorizationOf, credentialsOf, type Holder } from '../credentials.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';

export const admin: Holder = { name: 'admin', role: 'admin' };
export const writer: Holder = { name: 'writer', role: 'write', password: true };
export const reader: Holder = { name: 'reader', role: 'read' };
export const limited: Holder = { name: 'limited', role: 'admin', namespaces: ['in', 'in-2'] };
const credentials = credentialsOf([admin, writer, reader, limited]);

export function defineAccessCase(
  id: string,
  claim: string,
  run: Case['run'],
  serverFlags: readonly string[] = [],
): Case {
  return defineCase(`access/${id}`, claim, run, {
    isolation: 'server',
    requires: ['server'],
    serverFlags,
    credentials,
    costMs: 1_500,
  });
}

/** A credential, an Authorization header as it is, or none. */
export type Sender = Pick<Holder, 'name' | 'password'> | string | undefined;

/** PUT and POST without a `body` send one of their own. */
export async function ask(
  stage: Stage,
  method: string,
  path: string,
  sender: Sender,
  body: string | undefined = method === 'PUT' || method === 'POST' ? 'value' : undefined,
): Promise<Answer> {
  const authorization = sender === undefined || typeof sender === 'string' ? sender : authorizationOf(sender);
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return stage.client.request({ method, path, headers, body });
}
