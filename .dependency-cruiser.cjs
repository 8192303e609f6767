// The rooms and what they may import. orchestrator/rooms.test.ts holds the tree to it, and plants a violation of each
// rule in a scratch tree, so that a rule which no longer bites is noticed.
const room = (name, allowed, why, pathNot = '^$') => ({
  name: `${name}-imports`,
  comment: why,
  severity: 'error',
  from: { path: `^${name}/`, pathNot },
  to: { path: '^(server|suites|orchestrator|docgen|reports|docs)/', pathNot: [`^${name}/`, ...allowed] },
});
const contractTypes = '^server/backends/backend\\.ts$';

module.exports = {
  forbidden: [
    room('server', [], 'The server stands alone: it ships without the harness.'),
    room('reports', [], 'The report schema is the bottom of the harness.'),
    room(
      'suites',
      ['^reports/schema\\.ts$', contractTypes],
      'Suites speak HTTP; of the server they know types.',
      '^suites/defects/',
    ),
    {
      name: 'defects-apart',
      comment: 'A planted defect is reached by its own program alone, which the orchestrator starts by its path.',
      severity: 'error',
      from: { pathNot: '^suites/defects/(serve\\.ts$|plants/)|\\.test\\.ts$' },
      to: { path: '^suites/defects/(serve\\.ts$|plants/)' },
    },
    room('orchestrator', ['^suites/', '^reports/', contractTypes], 'The orchestrator starts the server as a process.'),
    room('docgen', ['^reports/'], 'The documentation reads reports and a running server.'),
    {
      name: 'contract-as-types',
      comment: 'Of the backend contract only types leave the server.',
      severity: 'error',
      from: { path: '^(suites|orchestrator)/' },
      to: { path: contractTypes, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'engine-folders',
      comment: 'An engine is known to its own folder and to the registry alone.',
      severity: 'error',
      from: {
        path: '^server/',
        pathNot:
          '^server/(backends/(lmdb|redis|mongodb|contract)|test-support)/|^server/backends/registry\\.ts$|\\.test\\.ts$',
      },
      to: { path: '^server/backends/(lmdb|redis|mongodb)/' },
    },
    {
      name: 'engines-apart',
      comment: 'An engine does not use another one.',
      severity: 'error',
      from: { path: '^server/backends/(lmdb|redis|mongodb)/' },
      to: { path: '^server/backends/(lmdb|redis|mongodb)/', pathNot: '^server/backends/$1/' },
    },
    {
      name: 'no-cycles',
      comment: 'Types may refer to one another; modules that run may not.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
