import { CommanderError, type ErrorCode } from '../errors.ts';

/** The code of the CommanderError that `action` throws; undefined when it throws nothing, any other error goes on. */
export function codeOf(action: () => unknown): ErrorCode | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof CommanderError) return error.code;
    throw error;
  }
  return undefined;
}

/** As `codeOf`, of a promise. */
export async function codeOfRejection(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CommanderError) return error.code;
    throw error;
  }
  return undefined;
}
