/** Lays out JSON for reading without parsing numbers: every token stays as the server wrote it. */

type Node = { readonly raw: string } | { readonly open: '{' | '['; readonly members: readonly Member[] };
interface Member {
  readonly name: string | undefined;
  readonly value: Node;
}

export const maxLineLength = 100;
const token = /\s*("(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+)/gy;

/** `text` is valid JSON. What fits on a line stays on one. */
export function indentJson(text: string): string {
  const tokens = [...text.matchAll(token)].map((match) => match[1] ?? '');
  return layOut(readNode(tokens), '', 0);
}

/** Takes the tokens of one value from the front. */
function readNode(tokens: string[]): Node {
  const first = tokens.shift() ?? '';
  if (first !== '{' && first !== '[') return { raw: first };
  const close = first === '{' ? '}' : ']';
  const members: Member[] = [];
  while (tokens[0] !== close) {
    if (tokens[0] === ',') tokens.shift();
    const name = first === '{' ? tokens.shift() : undefined;
    if (name !== undefined) tokens.shift();
    members.push({ name, value: readNode(tokens) });
  }
  tokens.shift();
  return { open: first, members };
}

function layOut(node: Node, indent: string, taken: number): string {
  if ('raw' in node) return node.raw;
  const flat = onOneLine(node);
  if (indent.length + taken + flat.length <= maxLineLength && isShallow(node)) return flat;
  const inner = `${indent}  `;
  const lines = node.members.map(({ name, value }) => {
    const label = name === undefined ? '' : `${name}: `;
    return `${inner}${label}${layOut(value, inner, label.length + 1)}`;
  });
  return `${node.open}\n${lines.join(',\n')}\n${indent}${node.open === '{' ? '}' : ']'}`;
}

/** Several levels on one line are short and unreadable. */
function isShallow(node: Node): boolean {
  return 'raw' in node || node.members.every(({ value }) => 'raw' in value || value.members.length === 0);
}

function onOneLine(node: Node): string {
  if ('raw' in node) return node.raw;
  const members = node.members.map(({ name, value }) => `${name === undefined ? '' : `${name}: `}${onOneLine(value)}`);
  return node.open === '[' ? `[${members.join(', ')}]` : `{${members.join(', ')}}`;
}
