/** The server cannot start as it was told to. The message says what is wrong and what to do; the exit code is 2. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
