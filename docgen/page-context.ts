/** What pages are rendered from. What several pages need is made once. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenapiDocument } from './api/openapi-document.ts';
import { readOpenapi } from './api/read-openapi.ts';
import { DocsError } from './docs-error.ts';
import { openStage, type StageOptions } from './stage/stage.ts';
import { parseTemplate } from './template/parse-template.ts';
import { type ExecutedTemplate, runTemplate } from './template/run-template.ts';

export interface PageContext {
  /** For pages that ask a program themselves. */
  readonly stage: StageOptions;
  openapi(): Promise<OpenapiDocument>;
  /** Executes a template of docgen/templates; a second call for the same name gives the result of the first. */
  execute(name: string, inserts?: () => Promise<Readonly<Record<string, string>>>): Promise<ExecutedTemplate>;
}

const templatesFolder = join(import.meta.dirname, 'templates');

export function createPageContext(stage: StageOptions): PageContext {
  let document: Promise<OpenapiDocument> | undefined;
  const executed = new Map<string, Promise<ExecutedTemplate>>();
  return {
    stage,
    openapi() {
      document ??= readOpenapi(stage);
      return document;
    },
    execute(name, inserts) {
      let result = executed.get(name);
      if (result === undefined) {
        result = executeFile(name, stage, inserts);
        executed.set(name, result);
      }
      return result;
    },
  };
}

async function executeFile(
  name: string,
  options: StageOptions,
  inserts: (() => Promise<Readonly<Record<string, string>>>) | undefined,
): Promise<ExecutedTemplate> {
  const source = await readFile(join(templatesFolder, name), 'utf8');
  await using stage = await openStage(options);
  try {
    return await runTemplate(parseTemplate(source), stage, await inserts?.());
  } catch (cause) {
    if (!(cause instanceof DocsError)) throw cause;
    throw new DocsError(`docgen/templates/${name}: ${cause.message}`, { cause });
  }
}
