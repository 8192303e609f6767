/** Executes a template on a stage. What it shows has happened; what happened otherwise than it says stops it. */

import { DocsError } from '../docs-error.ts';
import { fence, type HttpAnswer, type Output, readOutput, renderOutput } from '../stage/answer.ts';
import { type Stage, serverCommand } from '../stage/stage.ts';
import type { TemplateNode } from './parse-template.ts';

export interface Exchange {
  /** First word of the last insert before it: what it is an example of. */
  readonly topic: string;
  readonly commands: string;
  readonly answer: HttpAnswer;
}

export interface ExecutedTemplate {
  readonly markdown: string;
  /** By the name of each insert, what stands between it and the next one. */
  readonly passages: ReadonlyMap<string, string>;
  readonly exchanges: readonly Exchange[];
}

type RunNode = Extract<TemplateNode, { readonly kind: 'run' }>;
type InsertNode = Extract<TemplateNode, { readonly kind: 'insert' }>;

/** Every insert is used exactly once, so that nothing generated is forgotten and nothing named is missing. */
export async function runTemplate(
  nodes: readonly TemplateNode[],
  stage: Stage,
  inserts: Readonly<Record<string, string>> = {},
): Promise<ExecutedTemplate> {
  checkInserts(nodes, inserts);
  const parts: string[] = [];
  const passages = new Map<string, string>();
  const exchanges: Exchange[] = [];
  let insert: { readonly name: string; readonly end: number } | undefined;
  const closePassage = (): void => {
    if (insert !== undefined) passages.set(insert.name, parts.slice(insert.end).join('\n').trim());
  };
  for (const node of nodes) {
    if (node.kind === 'insert') {
      closePassage();
      parts.push(inserts[node.name] ?? '');
      insert = { name: node.name, end: parts.length };
    } else if (node.kind === 'run') {
      const output = await runBlock(node, stage);
      parts.push(fence(node.language, node.commands));
      if (!node.quiet) parts.push('', renderOutput(output));
      const topic = insert?.name.split(' ', 1)[0] ?? '';
      if (output.kind === 'http' && !node.quiet) exchanges.push({ topic, commands: node.commands, answer: output });
    } else {
      parts.push(...(await enact(node, stage)));
    }
  }
  closePassage();
  return { markdown: `${parts.join('\n').trim()}\n`, passages, exchanges };
}

function checkInserts(nodes: readonly TemplateNode[], inserts: Readonly<Record<string, string>>): void {
  const wanted = nodes.filter((node): node is InsertNode => node.kind === 'insert').map(({ name }) => name);
  const unknown = wanted.find((name, at) => !Object.hasOwn(inserts, name) || wanted.indexOf(name) !== at);
  if (unknown !== undefined) throw new DocsError(`It inserts "${unknown}", which is not there or inserted already.`);
  const forgotten = Object.keys(inserts).filter((name) => !wanted.includes(name));
  if (forgotten.length > 0) throw new DocsError(`It lacks <!-- insert ${forgotten.join(' -->, <!-- insert ')} -->.`);
}

async function enact(node: Exclude<TemplateNode, RunNode | InsertNode>, stage: Stage): Promise<readonly string[]> {
  switch (node.kind) {
    case 'text':
      return [node.line];
    case 'serve':
      await stage.serve(node.command);
      return [fence(node.language, node.command)];
    case 'file':
      await stage.writeFile(node.name, `${node.text}\n`);
      return [fence(node.language, node.text)];
    case 'server':
      await stage.serve(serverCommand(node.flags));
      return [];
    case 'interrupt':
      await stage.interrupt();
      return [];
  }
}

async function runBlock(node: RunNode, stage: Stage): Promise<Output> {
  const { printed, exitCode } = await stage.run(node.commands);
  const output = readOutput(node.untimed ? withoutDurations(printed) : printed);
  const wrong = complaint(node, exitCode, output);
  if (wrong !== undefined) throw new DocsError(`an example ${wrong}:\n\n${node.commands}\n\n${printed}`);
  return output;
}

/** `19 passed  201 ms`: how long it took says nothing on another machine. */
function withoutDurations(printed: string): string {
  return printed.replaceAll(/ {2,}\d[\d.]* (?:ms|s|min \d+ s)$/gm, '');
}

function complaint(node: RunNode, exitCode: number, output: Output): string | undefined {
  if (exitCode !== node.exitCode) return `ended with exit code ${exitCode} instead of ${node.exitCode}`;
  const status = output.kind === 'http' ? output.status : undefined;
  if (node.status !== undefined) return status === node.status ? undefined : `got ${status} instead of ${node.status}`;
  return status !== undefined && status >= 400 ? `got ${status}, which its block does not announce` : undefined;
}
