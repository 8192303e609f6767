import type { LinkName } from '../../../suites/fault.ts';
import type { Store } from '../../providers/provider.ts';
import { type Link, openLink } from './open-link.ts';

export type Links = Readonly<Partial<Record<LinkName, Link>>>;

export interface OpenLinks extends AsyncDisposable {
  readonly links: Links;
}

/** Before the server is started nobody uses its link. */
const nowhere = { host: '127.0.0.1', port: 9 };

/** The link of the client leads nowhere until it is pointed at the server. Rejects where the store has no address. */
export async function openLinks(names: readonly LinkName[], store: Store): Promise<OpenLinks> {
  await using stack = new AsyncDisposableStack();
  const links: Partial<Record<LinkName, Link>> = {};
  for (const name of names) {
    const target = name === 'client' ? nowhere : store.address;
    if (target === undefined) throw new Error('a link cannot stand before this store: its address is not ours to know');
    links[name] = stack.use(await openLink(target));
  }
  const owned = stack.move();
  return { links, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
