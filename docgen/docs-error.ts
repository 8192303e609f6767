/** What makes the documentation wrong or impossible, in words for the person who writes it. */
export class DocsError extends Error {
  override readonly name = 'DocsError';
}
