import { DocsError } from '../docs-error.ts';
import { openStage, type StageOptions, serverCommand } from '../stage/stage.ts';
import { type OpenapiDocument, parseOpenapi } from './openapi-document.ts';

/** Asks a server that it starts. With the testing routes: they are part of what a reader can turn on. */
export async function readOpenapi(options: StageOptions): Promise<OpenapiDocument> {
  await using stage = await openStage(options);
  await stage.serve(serverCommand('--backend memory'));
  const { printed, exitCode } = await stage.run('curl --fail http://127.0.0.1:7878/openapi.json');
  if (exitCode !== 0) throw new DocsError(`GET /openapi.json failed: ${printed}`);
  return parseOpenapi(printed);
}
