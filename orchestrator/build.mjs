// Writes dist/: the harness as JavaScript in the folders of its sources, with the files that are read at run time, and
// the server as one bundle. Node does not strip types below node_modules, so an installed package runs from here.
// dist/device/ is the server for this platform alone: the bundle and LMDB's native module, without node_modules.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const path = (...parts) => join(root, ...parts);
const swaggerUi = path('dist/server/swagger-ui');
const assets = [
  'suites/load/k6',
  'docgen/templates',
  'orchestrator/orchestrator.schema.json',
  'orchestrator/device.json',
  'server/deploy/grafana-dashboard.json',
];

rmSync(path('dist'), { recursive: true, force: true });
const compiler = [
  'node_modules/typescript/bin/tsc',
  '-p',
  '.',
  '--noEmit',
  'false',
  '--outDir',
  'dist',
  '--rootDir',
  '.',
];
const { status } = spawnSync(process.execPath, compiler, { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
// Planted defects need the server's sources, and belong in no package.
for (const defects of ['plants', 'serve.js'])
  rmSync(path('dist/suites/defects', defects), { recursive: true, force: true });
for (const asset of assets) if (existsSync(path(asset))) cpSync(path(asset), path('dist', asset), { recursive: true });

const { version } = JSON.parse(readFileSync(path('package.json'), 'utf8'));
rmSync(path('dist/server'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: [
    { in: 'server/main.ts', out: 'main' },
    // A process of its own, which the server starts by its name.
    { in: 'server/backends/lmdb/recovery/copy-process.ts', out: 'copy-process' },
  ],
  outdir: 'dist/server',
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  legalComments: 'linked',
  chunkNames: 'chunks/[name]-[hash]',
  define: { COMMANDER_BUILD: JSON.stringify({ version, build: commit() }) },
  // Modules in CommonJS ask for the platform's modules by require.
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
  plugins: [besideNativeModule(), withoutUnused()],
  // Optional peers: whoever wants traces installs them beside the package.
  external: ['@opentelemetry/*'],
  logLevel: 'warning',
});
copySwaggerUi();
writeDevice();

/**
 * The first line holds what a device runs with: little heap, one thread to collect it, and an allocator that gives large
 * bodies back to the kernel (glibc stops to, once it has seen some, unless it is told where large begins).
 */
function writeLauncher(file) {
  const { nodeFlags, environment } = JSON.parse(readFileSync(path('orchestrator/device.json'), 'utf8'));
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const lines = [
    `#!/usr/bin/env -S ${[...settings, 'node', ...nodeFlags].join(' ')}`,
    "import { main } from './server/main.js';",
    'process.exitCode = await main(process.argv.slice(2));',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  chmodSync(file, 0o755);
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return 'package';
  }
}

/** LMDB looks for its native module in node_modules; the bundle looks beside itself first. */
function besideNativeModule() {
  return {
    name: 'beside-native-module',
    setup: (bundler) => {
      bundler.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, () => ({
        path: path('orchestrator/native-module.mjs'),
      }));
    },
  };
}

/** What the framework asks for only without a schema controller, and for `inject`, which is for tests. */
function withoutUnused() {
  const filter = /^(@fastify\/ajv-compiler|@fastify\/fast-json-stringify-compiler|light-my-request)$/;
  const namespace = 'unused';
  return {
    name: 'without-unused',
    setup: (bundler) => {
      bundler.onResolve({ filter }, (found) => ({ path: found.path, namespace }));
      bundler.onLoad({ filter: /.*/, namespace }, ({ path: name }) => ({
        contents: `throw new Error(${JSON.stringify(`${name} is not in the bundle`)});`,
      }));
    },
  };
}

/** What --docs serves, with its licences: server/docs/open-docs.ts looks for it here. */
function copySwaggerUi() {
  const from = dirname(createRequire(path('package.json')).resolve('swagger-ui-dist/package.json'));
  const script = 'swagger-ui-bundle.js';
  mkdirSync(swaggerUi, { recursive: true });
  for (const file of ['swagger-ui.css', script, `${script}.LICENSE.txt`, 'LICENSE', 'NOTICE']) {
    copyFileSync(join(from, file), join(swaggerUi, file));
  }
}

function writeDevice() {
  const lmdb = createRequire(path('package.json')).resolve('lmdb');
  const platform = `lmdb-${process.platform}-${process.arch}`;
  const native = createRequire(lmdb).resolve(`@lmdb/${platform}/package.json`);
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  const names = [`node.napi.${libc}.node`, 'node.napi.node'];
  const found = names.map((name) => join(dirname(native), name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`@lmdb/${platform} has none of ${names.join(', ')}`);
  mkdirSync(path('dist/device'), { recursive: true });
  // A device has no room for the assets of --docs.
  const onDevice = (source) => source !== swaggerUi;
  cpSync(path('dist/server'), path('dist/device/server'), { recursive: true, filter: onDevice });
  const target = path('dist/device/server/lmdb.node');
  copyFileSync(found, target);
  // Symbols for a debugger are four fifths of the file.
  const stripped = spawnSync('strip', ['--strip-unneeded', target]);
  if (stripped.status !== 0) process.stderr.write(`strip is not to be had; ${target} keeps its symbols\n`);
  writeLauncher(path('dist/device/commander.mjs'));
}
