import { CommanderError } from '../errors.ts';

/** What the body of a small request holds. Throws CommanderError `invalid_body`, which shows the example. */
export function readJsonBody(body: Buffer | undefined, example: string): unknown {
  try {
    return JSON.parse(body?.toString() ?? '');
  } catch (cause) {
    throw new CommanderError('invalid_body', `The body is JSON like ${example}.`, { cause });
  }
}
