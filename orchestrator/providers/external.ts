import { within } from '../wait.ts';
import type { StoreEngine } from './engines/engine.ts';
import type { ProbeContext, Provider } from './provider.ts';

/** The store behind a URL, without user name and password. */
function placeOf(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : '';
  return host === '' ? 'the given URL' : host;
}

async function probe(engine: StoreEngine, context: ProbeContext): ReturnType<Provider['probe']> {
  const name = `${engine.backend} by external`;
  const url = context.environment[engine.urlVariable];
  if (url === undefined || url === '') {
    const mend = `set ${engine.urlVariable} to the URL of a ${engine.title} that tests may write to`;
    return { name, available: false, reason: `${engine.urlVariable} is not set`, mend };
  }
  const problem = await within(
    5000,
    engine.ready(url, undefined).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    ),
    'no answer within 5 s',
  );
  if (problem === undefined) return { name, available: true, reason: `${placeOf(url)} answers`, mend: null };
  const mend = `correct or unset ${engine.urlVariable}, or start that ${engine.title}`;
  return { name, available: false, reason: `${placeOf(url)}: ${problem}`, mend };
}

/** A store that is already there, named by a URL. The run keeps to parts of its own and drops those alone. */
export const externalProvider: Provider = {
  name: 'external',
  probe,
  prepare: probe,
  async start(engine, context, { durability }) {
    if (durability === 'weak') throw new Error(`${engine.urlVariable} names a store that is not ours to weaken`);
    const url = context.environment[engine.urlVariable] ?? '';
    const names = new Map<string, () => void>();
    const commands: string[] = [];
    return {
      provider: 'external',
      image: null,
      durability: `as ${placeOf(url)} is configured`,
      endCommands: commands,
      control: undefined,
      address: undefined,
      part(name) {
        const variable = engine.urlVariable;
        names.set(name, context.ledger.enter({ kind: 'share', backend: engine.backend, variable, name }));
        commands.push(engine.dropCommand(variable, name));
        return engine.part(url, name);
      },
      async [Symbol.asyncDispose]() {
        for (const [name, leave] of names) {
          await engine.drop(url, name);
          leave();
          names.delete(name);
        }
      },
    };
  },
};
