/** The options of a program, read from what its --help prints. */

import { DocsError } from '../docs-error.ts';

export interface ProgramOption {
  /** Without the dashes. */
  readonly name: string;
  readonly meaning: string;
  readonly type: string;
  readonly fallback: string | undefined;
}

const option = /^--([\w-]+) (.*?) ?\[(string|number|boolean|array)\](?: \[choices: (.*?)\])?(?: \[default: (.*)\])?$/;

/** Throws DocsError when there are none, or when one is not in the form that it knows. */
export function parseHelp(help: string): readonly ProgramOption[] {
  const [, section = ''] = /\nOptions:\n((?: .*\n)+)/.exec(help) ?? [];
  // A long description goes on in lines that are indented further.
  const entries = section.split(/\n {2}(?=--)/).map((entry) => entry.replaceAll(/\s+/g, ' ').trim());
  const options = entries.filter((entry) => entry !== '' && !/^--(help|version) /.test(entry)).map(parseEntry);
  if (options.length === 0) throw new DocsError(`This help has no options:\n${help}`);
  return options;
}

function parseEntry(entry: string): ProgramOption {
  const match = option.exec(entry);
  if (match === null) throw new DocsError(`This is no option of a help: ${entry}`);
  const [, name = '', meaning = '', type = '', choices, fallback] = match;
  const among = choices === undefined ? '' : `: ${choices.replaceAll('"', '')}`;
  return { name, meaning: `${meaning}${among}`, type, fallback };
}
