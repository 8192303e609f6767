import { type Arrow, rooms } from './read-arrows.ts';

/** What flows between rooms without an import. */
const flows = [
  ['orchestrator', 'starts, speaks HTTP', 'server'],
  ['docgen', 'starts, runs examples', 'server'],
  ['orchestrator', 'starts', 'docgen'],
] as const;

/** A Mermaid flow chart: imports as solid lines with the number of modules that cross, the rest dashed. */
export function renderRoomDiagram(arrows: readonly Arrow[]): string {
  const imports = arrows.map(({ from, to, modules, typesOnly }) => {
    const what = `${modules} ${modules === 1 ? 'module' : 'modules'}${typesOnly ? ', types alone' : ''}`;
    return `  ${from} -- "${what}" --> ${to}`;
  });
  const others = flows.map(([from, what, to]) => `  ${from} -. "${what}" .-> ${to}`);
  return ['```mermaid', 'flowchart LR', ...rooms.map((room) => `  ${room}`), ...imports, ...others, '```'].join('\n');
}
