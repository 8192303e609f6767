/** The reference as one HTML file that asks the network for nothing. */

import { DocsError } from '../docs-error.ts';
import { byCommand } from '../page.ts';
import { runRedocly } from './run-redocly.ts';

/**
 * Nothing but what is in the file itself, whatever the script would like to load: no logo, no icon, no telemetry.
 * blob: is the worker of the search.
 */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:; font-src data:";

/** The page credits its generator by an image from elsewhere; this one says the same in the file itself. */
const credit = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="44" height="12">' +
    '<text y="10" font-family="sans-serif" font-size="11" fill="gray">Redocly</text></svg>',
)}`;

/** `document` is an OpenAPI document. Resolves with the same text for the same document. */
export async function renderReferenceHtml(document: object): Promise<string> {
  const output = 'reference.html';
  const options = ['--inlineBundle', '--title', 'Commander API', '--output', output];
  return selfContained(await runRedocly({ document, command: ['build-docs', 'openapi.json', ...options], output }));
}

function selfContained(html: string): string {
  const head = `<head>\n  <!-- ${byCommand('from docs/api/openapi.yaml and docgen/templates/reference.md')} -->`;
  const guarded = html
    .replace('<head>', `${head}\n  <meta http-equiv="Content-Security-Policy" content="${policy}">`)
    .replaceAll(/https:\/\/cdn\.redoc\.ly\/redoc\/[\w-]+\.svg/g, credit);
  if (!guarded.includes(policy)) throw new DocsError('redocly build-docs wrote a page without a <head>.');
  return guarded.replaceAll(/[ \t]+$/gm, '').replace(/\n*$/, '\n');
}
