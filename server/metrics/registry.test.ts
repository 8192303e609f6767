import { expect, test } from 'vitest';
import { createRegistry } from './registry.ts';

test('a value at a bound counts in the bucket of that bound, one above all bounds in the last', async () => {
  const registry = createRegistry();
  const histogram = registry.histogram({ name: 'commander_h', help: 'H.', bounds: [1, 2] }).of({});
  for (const value of [0, 1, 1.5, 2, 2.1]) histogram.observe(value);
  expect(await registry.render()).toBe(
    '# HELP commander_h H.\n# TYPE commander_h histogram\n' +
      'commander_h_bucket{le="1"} 2\ncommander_h_bucket{le="2"} 4\ncommander_h_bucket{le="+Inf"} 5\n' +
      'commander_h_sum 6.6\ncommander_h_count 5\n',
  );
});

test('quotes, backslashes and line breaks are escaped', async () => {
  const registry = createRegistry();
  registry
    .gauge({ name: 'commander_g', help: 'a\\b\nc"', labels: ['x'] })
    .of({ x: '"\\\n' })
    .set(1);
  expect(await registry.render()).toBe(
    '# HELP commander_g a\\\\b\\nc"\n# TYPE commander_g gauge\ncommander_g{x="\\"\\\\\\n"} 1\n',
  );
});

test('a gauge of which nothing is known is left out, its HELP too', async () => {
  const registry = createRegistry();
  const gauge = registry.gauge({ name: 'commander_g', help: 'G.' }).of({});
  gauge.set(1);
  gauge.set(undefined);
  expect(await registry.render()).toBe('');
});

test('a counter that follows another never goes back', async () => {
  const registry = createRegistry();
  const counter = registry.counter({ name: 'commander_c_total', help: 'C.' }).of({});
  counter.raiseTo(5);
  counter.raiseTo(3);
  counter.add(1);
  expect(await registry.render()).toContain('commander_c_total 6\n');
});

test('the same labels name the same series, and beyond 1,000 the rest is one called other', async () => {
  const registry = createRegistry();
  const family = registry.counter({ name: 'commander_c_total', help: 'C.', labels: ['x'] });
  for (let index = 0; index < 1_100; index += 1) family.of({ x: `v${index}` }).add(1);
  family.of({ x: 'v7' }).add(1);
  const lines = (await registry.render()).trimEnd().split('\n').slice(2);
  expect(lines).toHaveLength(1_001);
  expect(lines).toContain('commander_c_total{x="v7"} 2');
  expect(lines).toContain('commander_c_total{x="other"} 100');
});

test.each(['requests_total', 'commander_Requests', 'commander_', 'commander_taken'])('%s names no gauge', (name) => {
  const registry = createRegistry();
  registry.gauge({ name: 'commander_taken', help: 'T.' });
  expect(() => registry.gauge({ name, help: 'G.' })).toThrow(RangeError);
});

test('a counter is called a total', () => {
  expect(() => createRegistry().counter({ name: 'commander_c', help: 'C.' })).toThrow(RangeError);
});
