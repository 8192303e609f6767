/** A command line, variable or configuration file that cannot be followed: exit code 2, one clear line, no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
