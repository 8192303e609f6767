/**
 * Markdown with executable parts:
 *
 *   ```sh run                 executed; its output is shown below it
 *   ```sh run status=412      the answer has this status (otherwise: below 400)
 *   ```sh run exit=2          the exit code is this one (otherwise: 0)
 *   ```sh run quiet           the output is not shown
 *   ```sh run untimed         durations at the ends of lines are not shown
 *   ```sh serve               left running, as in another terminal
 *   ```yaml file=NAME         written to a file in the page's folder
 *   <!-- server FLAGS -->     a fresh server with these flags; not shown
 *   <!-- interrupt -->        Ctrl-C to the server; not shown
 *   <!-- insert NAME -->      generated text
 *
 * Everything else is copied.
 */

import { DocsError } from '../docs-error.ts';

export type TemplateNode =
  | { readonly kind: 'text'; readonly line: string }
  | {
      readonly kind: 'run';
      readonly language: string;
      readonly commands: string;
      readonly status: number | undefined;
      readonly exitCode: number;
      readonly quiet: boolean;
      readonly untimed: boolean;
    }
  | { readonly kind: 'serve'; readonly language: string; readonly command: string }
  | { readonly kind: 'file'; readonly language: string; readonly name: string; readonly text: string }
  | { readonly kind: 'server'; readonly flags: string }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'insert'; readonly name: string };

export function parseTemplate(source: string): readonly TemplateNode[] {
  const lines = source.split('\n');
  const nodes: TemplateNode[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (!line.startsWith('```')) {
      const node = parseLine(line);
      nodes.push(node);
      // It leaves nothing on the page, and so neither does the blank line after it.
      if ((node.kind === 'server' || node.kind === 'interrupt') && lines[at + 1] === '') at += 1;
      continue;
    }
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new DocsError(`The block in line ${at + 1} has no end.`);
    const body = lines.slice(at + 1, end);
    nodes.push(...parseBlock(line, body));
    at = end;
  }
  return nodes;
}

function parseLine(line: string): TemplateNode {
  const directive = /^<!-- (server|interrupt|insert)\b ?(.*?) ?-->$/.exec(line);
  const rest = directive?.[2] ?? '';
  switch (directive?.[1]) {
    case 'server':
      return { kind: 'server', flags: rest };
    case 'interrupt':
      return { kind: 'interrupt' };
    case 'insert':
      return { kind: 'insert', name: rest };
    default:
      return { kind: 'text', line };
  }
}

function parseBlock(opening: string, body: readonly string[]): readonly TemplateNode[] {
  const [language = '', verb = '', ...words] = opening.slice(3).split(' ');
  const text = body.join('\n');
  if (verb === 'serve') return [{ kind: 'serve', language, command: text }];
  if (verb.startsWith('file=')) return [{ kind: 'file', language, name: verb.slice(5), text }];
  if (verb !== 'run') return [opening, ...body, '```'].map((line) => ({ kind: 'text', line }));
  const options = new Map(words.map((word) => word.split('=') as [string, string | undefined]));
  for (const name of options.keys()) {
    if (!['status', 'exit', 'quiet', 'untimed'].includes(name))
      throw new DocsError(`A block has no option ${name}: ${opening}`);
  }
  const status = options.get('status');
  return [
    {
      kind: 'run',
      language,
      commands: text,
      status: status === undefined ? undefined : Number(status),
      exitCode: Number(options.get('exit') ?? 0),
      quiet: options.has('quiet'),
      untimed: options.has('untimed'),
    },
  ];
}
