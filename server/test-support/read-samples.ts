import type { ComposedApp } from './compose-app.ts';

/** Lines of GET /metrics by name and labels as they stand there, such as `a_total{x="1"}`. */
type Samples = ReadonlyMap<string, number>;

export async function readSamples({ send }: Pick<ComposedApp, 'send'>): Promise<Samples> {
  return parseSamples((await send('GET', '/metrics')).body.toString());
}

/** Of a server that listens. */
export async function fetchSamples({ url }: { readonly url: string }): Promise<Samples> {
  return parseSamples(await (await fetch(`${url}/metrics`)).text());
}

function parseSamples(text: string): Samples {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}
