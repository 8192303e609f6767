import { html, type Markup } from './markup.ts';

/** A command line to take along; the script puts a copy button beside it. */
export function renderCommand(label: string, command: string, note = ''): Markup {
  return html`<div class="command"><span>${label}${note === '' ? '' : html` <em>${note}</em>`}</span><pre><code>${command}</code></pre></div>`;
}
