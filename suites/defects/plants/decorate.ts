/** A backend with some of its methods replaced. */

import type { Backend, RecordAddress } from '../../../server/backends/backend.ts';
import type { ServeSeams } from '../../../server/commands/serve.ts';

/** Makes the parts of a server that has the defect. */
export type Plant = () => Partial<ServeSeams>;

/** Planted between the routes and everything below them. */
export function plantBackend(change: (inner: Backend) => Partial<Backend>): Plant {
  return () => ({ decorateBackend: (inner) => ({ ...inner, ...change(inner) }) });
}

export function pathOf({ namespace, collection, key }: RecordAddress): string {
  return `${namespace}/${collection}/${key}`;
}
