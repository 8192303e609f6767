import { join } from 'node:path';

/** The clone whose documentation this is. */
export const repository = join(import.meta.dirname, '..');

export const docsFolder = join(repository, 'docs');
