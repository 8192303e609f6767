import { renderTable } from '../render-table.ts';
import { parseHelp } from './parse-help.ts';

export interface ProgramHelp {
  readonly help: string;
  /** `COMMANDER_` */
  readonly prefix: string;
  /** Options that are flags alone. */
  readonly flagsAlone: readonly string[];
}

/** A program's options with the names of their variables. */
export function renderOptions({ help, prefix, flagsAlone }: ProgramHelp): string {
  return renderTable(
    ['Option', 'Variable', 'Default', 'Meaning'],
    parseHelp(help).map(({ name, meaning, type, fallback }) => [
      `\`--${name}\``,
      flagsAlone.includes(name) ? '' : `\`${prefix}${name.replaceAll('-', '_').toUpperCase()}\``,
      fallback === undefined ? (type === 'boolean' ? '`false`' : '') : `\`${fallback}\``,
      meaning,
    ]),
  );
}
