// In the bundle this stands for the package that finds LMDB's native module: the file beside the bundle, and where there
// is none, what the installed `lmdb` would find.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const places = ['./lmdb.node', '../lmdb.node'].map((place) => fileURLToPath(new URL(place, import.meta.url)));

// biome-ignore lint/style/noDefaultExport: it takes the place of a module that has one
export default function loadNativeModule() {
  const beside = places.find((place) => existsSync(place));
  if (beside !== undefined) return require(beside);
  const lmdb = require.resolve('lmdb');
  return createRequire(lmdb)('node-gyp-build-optional-packages')(lmdb.slice(0, lmdb.lastIndexOf('dist')));
}
