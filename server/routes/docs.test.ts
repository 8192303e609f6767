import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDocs } from '../docs/open-docs.ts';
import { CommanderError } from '../errors.ts';
import { type ComposedApp, composeApp } from '../test-support/compose-app.ts';
import { serveHere } from '../test-support/serve-here.ts';
import { createTemporaryFolder } from '../test-support/temporary-folder.ts';

let composed: ComposedApp;
beforeAll(async () => {
  composed = composeApp({ registerDocs: await openDocs() });
});
afterAll(() => composed[Symbol.asyncDispose]());

async function textOf(path: string): Promise<string> {
  const { status, headers, body } = await composed.send('GET', path);
  expect(status, path).toBe(200);
  expect(headers['content-security-policy'], path).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
  expect(headers['x-content-type-options'], path).toBe('nosniff');
  return body.toString();
}

test('the page and all that it names come from the server', async () => {
  const page = await textOf('/docs');
  const named = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path = '']) => path);
  expect(named).toEqual(['data:,', 'docs/swagger-ui.css', 'docs/swagger-ui-bundle.js', 'docs/start.js']);
  for (const path of named.slice(1)) expect(await textOf(`/${path}`)).not.toBe('');
});

test('no script and no style stands in the page, and the policy allows none', async () => {
  expect(await textOf('/docs')).not.toMatch(/<script>|<style| on\w+="| style="/);
  const { headers } = await composed.send('GET', '/docs');
  expect(headers['content-security-policy']).not.toMatch(/unsafe|http|\*/);
});

test('the page reads the document of this server and asks no other', async () => {
  const script = await textOf('/docs/start.js');
  expect(script).toContain("url: 'openapi.json'");
  expect(script).toContain('validatorUrl: null');
});

test('the document does not name the page', async () => {
  const { body } = await composed.send('GET', '/openapi.json');
  expect(Object.keys(JSON.parse(body.toString()).paths).filter((path) => path.startsWith('/docs'))).toEqual([]);
});

test('a query and an unknown file are refused as everywhere', async () => {
  expect((await composed.send('GET', '/docs?x=1')).problem?.code).toBe('invalid_query');
  expect((await composed.send('GET', '/docs/package.json')).problem?.code).toBe('route_not_found');
  expect((await composed.send('GET', '/docs/..%2fpackage.json')).problem?.code).toBe('route_not_found');
});

test('the page is for whoever may read, and for nobody else', async () => {
  const registerDocs = await openDocs();
  const refuse = (): never => {
    throw new CommanderError('unauthorized', 'Nobody.');
  };
  await using reader = composeApp({
    registerDocs,
    gate: { authenticate: () => ({ name: 'r', role: 'read', namespaces: undefined }) },
  });
  await using nobody = composeApp({ registerDocs, gate: { authenticate: refuse } });
  for (const path of ['/docs', '/docs/start.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js']) {
    expect((await reader.send('GET', path)).status, path).toBe(200);
    expect((await nobody.send('GET', path)).problem?.code, path).toBe('unauthorized');
  }
});

test('without --docs there is no page, with it there is', async () => {
  for (const docs of [false, true]) {
    await using served = await serveHere({ flags: { backend: 'memory', docs } });
    expect((await fetch(`${served.url}/docs`)).status).toBe(docs ? 200 : 404);
  }
});

test('a build without the files refuses --docs with what to do', async () => {
  await using folder = await createTemporaryFolder();
  await expect(openDocs(folder.path)).rejects.toThrow(/leaves out. Start the server without --docs/);
});
