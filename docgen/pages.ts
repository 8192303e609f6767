/** Every page of docs/ that a command writes, in the order of the index. */

import { join } from 'node:path';
import { errorInserts } from './api/error-inserts.ts';
import { withExamples } from './api/reference-document.ts';
import { renderReferenceHtml } from './api/reference-html.ts';
import { referenceInserts } from './api/reference-inserts.ts';
import { renderOpenapiYaml } from './api/render-openapi-yaml.ts';
import { renderPostman } from './api/render-postman.ts';
import { renderTypes } from './api/render-types.ts';
import { configurationInserts } from './configuration/configuration-inserts.ts';
import { type Page, type Section, withNotice } from './page.ts';
import type { PageContext } from './page-context.ts';
import { readBaseline } from './parity/read-baseline.ts';
import { renderParity } from './parity/render-parity.ts';
import { performanceInserts } from './performance/render-performance.ts';
import { renderIndex } from './render-index.ts';
import { repository } from './repository.ts';
import { readArrows } from './rooms/read-arrows.ts';
import { renderRoomDiagram } from './rooms/render-room-diagram.ts';
import type { ExecutedTemplate } from './template/run-template.ts';
import { renderTrust } from './trust/render-trust.ts';

type Inserts = (context: PageContext) => Promise<Readonly<Record<string, string>>>;

/** A page that is one executed template. */
function templatePage(path: string, title: string, about: string, inserts?: Inserts): Page {
  const template = path.slice(path.lastIndexOf('/') + 1);
  return {
    path,
    title,
    about,
    async render(context) {
      const { markdown } = await context.execute(template, inserts === undefined ? undefined : () => inserts(context));
      return withNotice(`from docgen/templates/${template}`, markdown);
    },
  };
}

const referenceOf: Inserts = async (context) => referenceInserts(await context.openapi());

/** The same execution that the Markdown reference shows. */
function executeReference(context: PageContext): Promise<ExecutedTemplate> {
  return context.execute('reference.md', () => referenceOf(context));
}

const sections: readonly Section[] = [
  {
    title: 'Guides',
    pages: [
      templatePage('guides/quickstart.md', 'Quick start', 'start the server, use it, judge it'),
      templatePage('guides/kv-usage.md', 'How to use the store', 'keys, values, times to live, conditions, listings'),
      templatePage(
        'guides/observability.md',
        'Observability',
        'metrics, logs, profiles and traces of a running server',
      ),
      templatePage(
        'guides/backup-and-recovery.md',
        'Backup and recovery',
        'snapshots, backups, restores, and what happens to a damaged file',
      ),
      templatePage('guides/configuration.md', 'Configuration', 'every option of both programs', (context) =>
        configurationInserts(context.stage),
      ),
    ],
  },
  {
    title: 'API',
    pages: [
      templatePage('api/reference.md', 'Reference', 'every route with parameters, answers, errors', referenceOf),
      {
        path: 'api/reference.html',
        title: 'Reference in a browser',
        about: 'the same with search, in one file that needs no network',
        render: async (context) =>
          renderReferenceHtml(withExamples(await context.openapi(), await executeReference(context))),
      },
      templatePage('api/authentication.md', 'Authentication', 'credentials, roles, TLS, limits for clients'),
      templatePage('api/examples.md', 'Examples', 'locks, updates, sessions, files: tasks from end to end'),
      templatePage('api/errors.md', 'Errors', 'every code: what it means and what to do', async (context) =>
        errorInserts((await context.openapi())['x-error-catalogue']),
      ),
      {
        path: 'api/openapi.yaml',
        title: 'OpenAPI document',
        about: 'the API for generators and gateways',
        render: async (context) => renderOpenapiYaml(await context.openapi()),
      },
      {
        path: 'api/postman.json',
        title: 'Postman collection',
        about: 'every request with an example, to import',
        render: async (context) => renderPostman(await context.openapi()),
      },
    ],
  },
  {
    title: 'Inside',
    pages: [
      templatePage('architecture/overview.md', 'Architecture', 'rooms, requests, records, time', async () => ({
        rooms: renderRoomDiagram(await readArrows(repository)),
      })),
      templatePage('architecture/performance.md', 'Performance', 'what was measured, as ratios within one run', () =>
        performanceInserts(join(repository, 'reports/baseline/bench/bench.json')),
      ),
      {
        path: 'reports/parity.md',
        title: 'Backend parity',
        about: 'what each store was seen to do',
        render: async () =>
          withNotice('from reports/baseline', renderParity(await readBaseline(join(repository, 'reports/baseline')))),
      },
      {
        path: 'reports/trust.md',
        title: 'Trust',
        about: 'the defects that the harness was made to find, and the faults that went through it',
        render: async () =>
          withNotice('from reports/baseline', renderTrust(await readBaseline(join(repository, 'reports/baseline')))),
      },
    ],
  },
];

const index: Page = {
  path: 'README.md',
  title: 'Documentation',
  about: 'this list',
  async render(context) {
    const { markdown } = await context.execute('index.md', async () => ({ pages: renderIndex(sections) }));
    return withNotice('from docgen/templates/index.md', markdown);
  },
};

const typesFile = 'suites/api-types.ts';

/** Of no interest to readers of the documentation: what the code has from the same document. */
const sources: readonly Page[] = [
  {
    path: `../${typesFile}`,
    title: 'Types of the API',
    about: 'for the typed client of the suites',
    render: async (context) => renderTypes(await context.openapi(), typesFile),
  },
];

export const pages: readonly Page[] = [index, ...sections.flatMap((section) => section.pages), ...sources];
