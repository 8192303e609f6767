import { describe, expect, it } from 'vitest';
import { fence, readOutput, renderOutput } from './answer.ts';

const http = (head: readonly string[], body: string): string => `${head.join('\r\n')}\r\n\r\n${body}`;

describe('an HTTP answer', () => {
  it('loses what the wall clock and the connection decide, and nothing else', () => {
    const head = ['HTTP/1.1 200 OK', 'etag: "1"', 'Date: now', 'Connection: keep-alive', 'Keep-Alive: timeout=72'];
    const output = readOutput(http([...head, 'x-date: stays', 'dated: stays', 'content-type: text/plain'], 'hello'));
    expect(renderOutput(output)).toBe(
      '```http\nHTTP/1.1 200 OK\netag: "1"\nx-date: stays\ndated: stays\ncontent-type: text/plain\n\nhello\n```',
    );
  });

  it('is the one after 100 Continue', () => {
    const printed = http(['HTTP/1.1 100 Continue'], http(['HTTP/1.1 201 Created'], ''));
    expect(readOutput(printed)).toMatchObject({ kind: 'http', status: 201, body: '' });
  });

  it('keeps a short JSON body as it came', () => {
    const output = readOutput(http(['HTTP/1.1 200 OK', 'content-type: application/json'], '{ "a":1.0 }'));
    expect(output.body).toBe('{ "a":1.0 }');
  });

  it('has a long JSON body laid out', () => {
    const long = JSON.stringify({ first: 'x'.repeat(60), second: 'y'.repeat(60) });
    const output = readOutput(http(['HTTP/1.1 400 Bad Request', 'content-type: application/problem+json'], long));
    expect(output.body.split('\n')).toHaveLength(4);
  });
});

it('a block is not ended by the marks in its text', () => {
  expect(fence('text', 'a\n```\nb')).toBe('````text\na\n```\nb\n````');
});
