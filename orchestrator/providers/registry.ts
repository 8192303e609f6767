import { containerProvider } from './container.ts';
import { externalProvider } from './external.ts';
import { processProvider } from './process.ts';
import type { Provider } from './provider.ts';

/** In the order in which `auto` tries them. */
export const providers: readonly Provider[] = [externalProvider, containerProvider, processProvider];
