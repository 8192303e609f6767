const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/g;

export interface RepeatedMember {
  readonly name: string;
  /** How many objects and arrays it stands in. */
  readonly depth: number;
  /** The place of its object in the array around that one. */
  readonly index: number;
}

interface Container {
  /** Of an object, as far as they were read; undefined where nobody asks. */
  readonly names: Set<string> | undefined;
  /** Of the element that is being read. */
  index: number;
}

/**
 * The first member that an object in this valid JSON has twice; undefined when there is none. `depths`: only objects
 * this deep, 1 is the outermost.
 */
export function findRepeatedMember(text: string, depths?: ReadonlySet<number>): RepeatedMember | undefined {
  const around: Container[] = [];
  let string = '';
  for (const [found] of text.matchAll(token)) {
    const inner = around.at(-1);
    switch (found) {
      case '{':
      case '[':
        around.push({ names: depths?.has(around.length + 1) === false ? undefined : new Set(), index: 0 });
        break;
      case '}':
      case ']':
        around.pop();
        break;
      case ',':
        if (inner !== undefined) inner.index += 1;
        break;
      case ':':
        if (isRepeated(inner?.names, string)) {
          return { name: nameOf(string), depth: around.length, index: around.at(-2)?.index ?? 0 };
        }
        break;
      default:
        string = found;
    }
  }
  return undefined;
}

/** Keeps the name in mind, and says whether it was there before. */
function isRepeated(names: Set<string> | undefined, string: string): boolean {
  if (names === undefined) return false;
  const name = nameOf(string);
  if (names.has(name)) return true;
  names.add(name);
  return false;
}

/** Names that are written in different ways may be one. */
function nameOf(string: string): string {
  return JSON.parse(string) as string;
}
