import { expect, test } from 'vitest';
import { parseExposition } from './exposition.ts';

const head = '# HELP a_total A.\n# TYPE a_total counter\n';
const histogram = '# HELP h H.\n# TYPE h histogram\n';

test('families, labels and values are read', () => {
  const [family] = parseExposition(`${head}a_total{x="q\\"\\\\\\n",y=""} 1.5e-7\na_total 3\n`);
  expect(family).toMatchObject({ name: 'a_total', type: 'counter' });
  expect(family?.samples.map(({ labels, value }) => [[...labels], value])).toEqual([
    [
      [
        ['x', 'q"\\\n'],
        ['y', ''],
      ],
      1.5e-7,
    ],
    [[], 3],
  ]);
});

test('a histogram whose buckets ascend to its count is accepted', () => {
  const text = `${histogram}h_bucket{le="0.1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n`;
  expect(parseExposition(text)).toHaveLength(1);
});

test.each<[string, string]>([
  ['a last line that does not end', `${head}a_total 1`],
  ['a sample before its TYPE', 'a_total 1\n'],
  ['a family without HELP', '# TYPE a_total counter\na_total 1\n'],
  ['a family without a sample', head],
  ['a family that stands twice', `${head}a_total 1\n${head}a_total{x="1"} 1\n`],
  ['a series that stands twice', `${head}a_total{x="1",y="2"} 1\na_total{y="2",x="1"} 1\n`],
  ['a sample of another family', `${head}b_total 1\n`],
  ['a counter that is not called a total', '# HELP a A.\n# TYPE a counter\na 1\n'],
  ['a counter below zero', `${head}a_total -1\n`],
  ['a label whose quote is not escaped', `${head}a_total{x="a"b"} 1\n`],
  ['a line break in a label', `${head}a_total{x="a\nb"} 1\n`],
  ['a label that stands twice', `${head}a_total{x="1",x="2"} 1\n`],
  ['a value that is no number', `${head}a_total 0x1f\n`],
  ['an empty line', `${head}a_total 1\n\n`],
  ['a histogram without its last bucket', `${histogram}h_bucket{le="0.1"} 1\nh_sum 3\nh_count 1\n`],
  ['a histogram that descends', `${histogram}h_bucket{le="1"} 3\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n`],
  ['a histogram whose count is another', `${histogram}h_bucket{le="+Inf"} 2\nh_sum 3\nh_count 1\n`],
  ['a histogram without a sum', `${histogram}h_bucket{le="+Inf"} 2\nh_count 2\n`],
])('%s is refused', (_, text) => {
  expect(() => parseExposition(text)).toThrow();
});
