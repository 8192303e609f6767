/** What a request has taken of the server's budgets, kept on the platform's own objects until its answer has ended. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pressure } from '../pressure/pressure.ts';

const bodyBytes = Symbol('body bytes');
const answerBytes = Symbol('answer bytes');

type ChargedRequest = IncomingMessage & { [bodyBytes]?: number };
type ChargedResponse = ServerResponse & { [answerBytes]?: number };

/** An answer up to this size is not counted: its connection holds it, and the number of those is bounded. */
export const uncountedBytes = 16_384;

/** Throws what `takeBody` throws. */
export function chargeBody(pressure: Pressure, request: ChargedRequest, bytes: number): void {
  pressure.takeBody(bytes);
  request[bodyBytes] = (request[bodyBytes] ?? 0) + bytes;
}

/** Throws what `takeAnswer` throws. */
export function chargeAnswer(pressure: Pressure, response: ChargedResponse, bytes: number): void {
  pressure.takeAnswer(bytes);
  response[answerBytes] = (response[answerBytes] ?? 0) + bytes;
}

/** To be called once, when the answer has ended or its connection is gone. */
export function settleCharges(
  pressure: Pressure,
  response: ChargedResponse,
  request: { body: unknown } | undefined,
): void {
  const body = (response.req as ChargedRequest)[bodyBytes];
  if (body !== undefined) {
    pressure.giveBackBody(body);
    // An idle connection keeps its last request for the next one. Whoever is still at work keeps the body.
    if (request !== undefined && response.writableFinished) request.body = undefined;
  }
  const answer = response[answerBytes];
  if (answer !== undefined) pressure.giveBackAnswer(answer);
}
