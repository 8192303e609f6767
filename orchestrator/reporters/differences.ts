/** A stretch of text, and whether it is missing from the other text. */
export interface Segment {
  readonly text: string;
  readonly differs: boolean;
}

export interface Differences {
  readonly expected: readonly Segment[];
  readonly actual: readonly Segment[];
}

/** Above it the table of the longest common subsequence would cost too much; the middle then differs as a whole. */
const maxTokens = 400;
/** Texts that share less than this differ as a whole; marks would only be confetti. */
const minShared = 0.25;

/**
 * Marks what two texts do not share: by words through the longest common subsequence, then inside each pair of
 * words that stand for one another by what they begin and end with, so that one wrong byte is one mark. Where each
 * text quotes one thing, only the quotations are compared.
 */
export function markDifferences(expected: string, actual: string): Differences {
  const left = splitQuoted(expected);
  const right = splitQuoted(actual);
  if (left === undefined || right === undefined || left.quoted === right.quoted) return compare(expected, actual);
  const inner = compare(left.quoted, right.quoted);
  return { expected: join(wrap(left, inner.expected)), actual: join(wrap(right, inner.actual)) };
}

interface Quoted {
  readonly before: string;
  readonly quoted: string;
  readonly after: string;
}

/** A text with one quotation: the words around it describe, what is quoted is what came. */
function splitQuoted(text: string): Quoted | undefined {
  const match = /^([^"]*")((?:[^"\\]|\\.)*)("[^"]*)$/s.exec(text);
  if (match === null) return undefined;
  const [, before = '', quoted = '', after = ''] = match;
  return { before, quoted, after };
}

function wrap({ before, after }: Quoted, inner: readonly Segment[]): readonly Segment[] {
  return [{ text: before, differs: false }, ...inner, { text: after, differs: false }];
}

function compare(expected: string, actual: string): Differences {
  const left = tokenize(expected);
  const right = tokenize(actual);
  const pairs = alignTokens(left, right);
  const shared = pairs.reduce((sum, pair) => sum + (pair.same ? pair.left.length : 0), 0);
  if (shared < minShared * Math.min(expected.length, actual.length) && !isNear(expected, actual)) {
    return { expected: wholly(expected), actual: wholly(actual) };
  }
  const refined = pairs.flatMap((pair) => (pair.same ? [pair] : splitPair(pair)));
  return {
    expected: join(refined.map(({ left: text, same }) => ({ text, differs: !same }))),
    actual: join(refined.map(({ right: text, same }) => ({ text, differs: !same }))),
  };
}

/** Aligned stretches; where `same`, both sides are equal. */
interface Pair {
  readonly left: string;
  readonly right: string;
  readonly same: boolean;
}

function tokenize(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+|\s+|./gsu) ?? [];
}

function alignTokens(left: readonly string[], right: readonly string[]): readonly Pair[] {
  if (left.length > maxTokens || right.length > maxTokens) {
    return splitPair({ left: left.join(''), right: right.join(''), same: false });
  }
  const lengths = commonLengths(left, right);
  const pairs: Pair[] = [];
  let [i, j, gapLeft, gapRight] = [0, 0, '', ''];
  const closeGap = (): void => {
    if (gapLeft + gapRight !== '') pairs.push({ left: gapLeft, right: gapRight, same: false });
    gapLeft = '';
    gapRight = '';
  };
  while (i < left.length || j < right.length) {
    const [a, b] = [left[i], right[j]];
    if (a !== undefined && a === b) {
      closeGap();
      pairs.push({ left: a, right: a, same: true });
      i += 1;
      j += 1;
    } else if (a !== undefined && (b === undefined || lengthAt(lengths, i + 1, j) >= lengthAt(lengths, i, j + 1))) {
      gapLeft += a;
      i += 1;
    } else {
      gapRight += b ?? '';
      j += 1;
    }
  }
  closeGap();
  return pairs;
}

/** `[i][j]`: length of the longest common subsequence of what follows i and j. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly Uint16Array[] {
  const rows = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i -= 1) {
    const row = rows[i];
    if (row === undefined) continue;
    for (let j = right.length - 1; j >= 0; j -= 1) {
      row[j] =
        left[i] === right[j]
          ? lengthAt(rows, i + 1, j + 1) + 1
          : Math.max(lengthAt(rows, i + 1, j), lengthAt(rows, i, j + 1));
    }
  }
  return rows;
}

function lengthAt(rows: readonly Uint16Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}

/** Takes off what both sides begin and end with, where that is a good part of them. */
function splitPair(pair: Pair): readonly Pair[] {
  const { left, right } = pair;
  if (!isNear(left, right)) return [pair];
  const { head, tail } = sharedEnds(left, right);
  const middle = {
    left: left.slice(head, left.length - tail),
    right: right.slice(head, right.length - tail),
    same: false,
  };
  const before = left.slice(0, head);
  const after = left.slice(left.length - tail);
  return [{ left: before, right: before, same: true }, middle, { left: after, right: after, same: true }];
}

/** Whether two texts begin and end alike for at least half of their length. */
function isNear(left: string, right: string): boolean {
  const { head, tail } = sharedEnds(left, right);
  return (head + tail) * 2 >= Math.max(left.length, right.length) && head + tail > 0;
}

function sharedEnds(left: string, right: string): { readonly head: number; readonly tail: number } {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  // Neither end may fall between the halves of a surrogate pair.
  if (isHighSurrogate(left, head - 1)) head -= 1;
  if (tail > 0 && isHighSurrogate(left, left.length - tail - 1)) tail -= 1;
  return { head, tail };
}

function isHighSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff;
}

function wholly(text: string): readonly Segment[] {
  return text === '' ? [] : [{ text, differs: false }];
}

function join(segments: readonly Segment[]): readonly Segment[] {
  const joined: Segment[] = [];
  for (const segment of segments) {
    const last = joined.at(-1);
    if (segment.text === '') continue;
    if (last?.differs === segment.differs) joined[joined.length - 1] = { ...last, text: last.text + segment.text };
    else joined.push(segment);
  }
  return joined;
}
