import { expect, test } from 'vitest';
import { renderExchange } from './exchange.ts';

const base = new URL('http://127.0.0.1:4000');

test('the curl line sends the same request', () => {
  const headers = { 'If-Match': '"it\'s"', 'X-Two': ['a', 'b'] };
  const { curl } = renderExchange(base, { method: 'PUT', path: '/a/../%2F?x=1', headers, body: 'v' }, undefined);
  expect(curl).toBe(
    `curl -i --globoff --path-as-is -X 'PUT' -H 'If-Match: "it'\\''s"' -H 'X-Two: a' -H 'X-Two: b' -H 'Content-Type:' --data-binary 'v' '{url}/a/../%2F?x=1'`,
  );
});

test('a HEAD and a GET need no method and no body', () => {
  expect(renderExchange(base, { method: 'HEAD', path: '/' }, undefined).curl).toContain(' --head ');
  expect(renderExchange(base, { method: 'GET', path: '/' }, undefined).curl).not.toContain('-X');
});

test('bytes that are no text are escaped in a form that bash reads', () => {
  const body = Buffer.from([0x00, 0xff, 0x27, 0x5c, 0x41]);
  const { curl, request } = renderExchange(base, { method: 'PUT', path: '/', body }, undefined);
  expect(curl).toContain(`--data-binary $'\\x00\\xff\\'\\\\A'`);
  expect(request).toBe("PUT / HTTP/1.1\n\n\\x00\\xff'\\\\A");
});

test('a body above 2 KB is cut, and the cut is said', () => {
  const parts = { status: 200, headers: [['ETag', '"x"']] as const, body: Buffer.alloc(3_000, 'x') };
  const { curl, response } = renderExchange(base, { method: 'PUT', path: '/', body: Buffer.alloc(5_000) }, parts);
  expect(curl).toContain('@BODY_OF_5000_BYTES');
  expect(response).toMatch(/^HTTP\/1\.1 200\nETag: "x"\n\nx{2048}\n\.\.\. 952 of 3000 bytes left out$/);
});

test('bytes written to a socket are shown as such', () => {
  const { curl, request } = renderExchange(base, 'GET / HTTP/1.1\r\n\r\n', undefined);
  expect(curl).toBe("printf %s $'GET / HTTP/1.1\\x0d\\x0a\\x0d\\x0a' | nc 127.0.0.1 4000");
  expect(request).toBe('GET / HTTP/1.1\\x0d\\x0a\\x0d\\x0a');
});
