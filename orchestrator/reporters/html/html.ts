import { createHash } from 'node:crypto';
import { createAnchors } from '../anchors.ts';
import { foldCauses } from '../causes.ts';
import { createMatrix } from '../matrix.ts';
import { outcomeOf } from '../outcome.ts';
import { renderCount } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';
import { createSentence, renderVerdict } from '../sentence.ts';
import { renderCases } from './cases.ts';
import { renderCauses } from './causes-section.ts';
import { renderDefects } from './defects-section.ts';
import { renderEnvironment } from './environment.ts';
import { renderHeadline } from './headline.ts';
import { html, type Markup, nothing, trusted } from './markup.ts';
import { renderMatrix } from './matrix-section.ts';
import { renderNotTested } from './not-tested.ts';
import type { PageRun } from './page-run.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { renderTested } from './tested.ts';

/**
 * The run as one page that asks nothing of the network: style and script are inside, and its policy lets only these
 * two through, by hash. Verdict and failures read without the script; it adds filters, search, keys and copying.
 */
export const htmlReporter: Reporter = {
  fileName: 'index.html',
  render(report, context) {
    const run: PageRun = {
      report,
      context,
      anchorOf: createAnchors(report),
      causes: foldCauses(report.results),
      matrix: createMatrix(report),
      sentence: createSentence(report),
      outcome: outcomeOf(report),
    };
    return renderPage(run).markup;
  },
};

function renderPage(run: PageRun): Markup {
  const { report, outcome, sentence } = run;
  const verdict = renderVerdict(sentence);
  const causes = renderCauses(run);
  return html`<!doctype html>
<html lang="en" class="${outcome.tone}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${outcome.glyph} ${verdict} · Commander</title>
<link rel="icon" href="${renderIcon(run)}">
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#top">Skip to the results</a>
${renderNavigation(run)}
<main>
${renderHeadline(run)}
${renderMatrix(run)}
${causes.section}
${renderTested(run)}
${renderNotTested(run)}
${renderDefects(run)}
${renderEnvironment(run)}
${renderCases(run, causes.shown)}
</main>
<footer><p>Run <code>${report.id}</code>. Keys: <kbd>j</kbd> and <kbd>k</kbd> step, <kbd>/</kbd> searches, <kbd>Esc</kbd> clears.</p></footer>
<p class="toast" role="status" aria-live="polite" hidden></p>
<script>${trusted(script)}</script>
</body>
</html>
`;
}

/** Leads to the sections that this run has. */
function renderNavigation({ causes, matrix, outcome, sentence, report }: PageRun): Markup {
  const count = report.results.length;
  const sections: readonly (readonly [id: string, name: string, count: number, there: boolean])[] = [
    ['matrix', 'Matrix', 0, matrix.rows.length > 0],
    ['causes', 'Findings', causes.length, causes.length > 0],
    ['tested', 'Tested', 0, count > 0],
    ['not-tested', 'Not tested', sentence.untested.length, sentence.untested.length > 0],
    ['defects', 'Defects', report.defects?.length ?? 0, report.defects !== undefined],
    ['environment', 'Environment', 0, true],
    ['cases', 'Cases', count, count > 0],
  ];
  const links = sections
    .filter(([, , , there]) => there)
    .map(
      ([id, name, number]) => html`
<a href="#${id}">${name}${number === 0 ? nothing : html` <i>${renderCount(number)}</i>`}</a>`,
    );
  return html`<nav aria-label="Sections"><a class="home" href="#top"><b class="${outcome.tone}" aria-hidden="true">${outcome.glyph}</b> Commander</a>${links}</nav>`;
}

const iconColors = { passed: '%231a7f4b', failed: '%23b42318', inconclusive: '%23946000' } as const;

/** The verdict in the browser's tab. */
function renderIcon({ outcome }: PageRun): string {
  const strokes = { passed: 'M9 17l5 5 10-12', failed: 'M10 10l12 12M22 10L10 22', inconclusive: 'M16 8v10M16 22v2' };
  return `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' fill='${iconColors[outcome.tone]}'/><path d='${strokes[outcome.tone]}' fill='none' stroke='white' stroke-width='4' stroke-linecap='round' stroke-linejoin='round'/></svg>`;
}

const policy = [
  "default-src 'none'",
  `style-src '${hashOf(style)}'`,
  `script-src '${hashOf(script)}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A source expression of Content Security Policy Level 3, section 2.3.1. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
