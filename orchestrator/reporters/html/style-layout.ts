/** The page: type, header, navigation, sections, print. */
export const layoutStyle = `
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 -apple-system, BlinkMacSystemFont, "Segoe UI Variable Text", "Segoe UI", Inter, Roboto, "Noto Sans", "Helvetica Neue", Arial, "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.5rem; }
h1, h2, h3, h4, p, dl, dd, figure, pre, ul { margin: 0; padding: 0; }
h1, h2, h3 { line-height: 1.25; letter-spacing: -.015em; font-weight: 650; text-wrap: balance; }
a { color: inherit; text-decoration-color: var(--strong-line); text-underline-offset: .2em; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
code, pre, kbd { font-family: ui-monospace, "SF Mono", "JetBrains Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .84em; font-variant-ligatures: none; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.6; tab-size: 4; }
pre code { font-size: 1em; }
kbd { border: 1px solid var(--strong-line); border-bottom-width: 2px; border-radius: 4px; padding: .05em .4em; color: var(--soft); background: var(--sheet); }
i { font-style: normal; }
small { font-size: .8125rem; font-weight: 400; color: var(--soft); letter-spacing: 0; }
[hidden] { display: none !important; }
.hidden, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: fixed; top: .5rem; left: .5rem; z-index: 3; padding: .5rem 1rem; background: var(--sheet); }
.scroll { overflow-x: auto; }

nav { position: sticky; top: 0; z-index: 2; display: flex; gap: 1.5rem; padding: .75rem max(1.5rem, calc((100vw - 69rem) / 2)); overflow-x: auto; scrollbar-width: none; border-bottom: 1px solid var(--line); background: color-mix(in srgb, var(--paper) 88%, transparent); backdrop-filter: blur(10px); font-size: .875rem; white-space: nowrap; }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); }
nav i { padding: .05rem .4rem; border-radius: 99px; background: var(--sunken); font-size: .75rem; }
nav .home { margin-right: auto; color: var(--ink); font-weight: 650; }
b.passed, .tag.passed, td.passed { color: var(--passed); }
b.failed, .tag.failed, td.failed { color: var(--failed); }
b.inconclusive, .tag.inconclusive, td.inconclusive { color: var(--inconclusive); }
td.untested { color: var(--soft); }

.headline { padding: 3.5rem 0 0; }
.verdict { display: flex; flex-wrap: wrap; align-items: center; gap: .375rem .875rem; margin: 0 0 1.125rem; color: var(--soft); font-size: .875rem; }
.verdict time { margin-left: auto; }
.seal { display: inline-flex; align-items: center; gap: .5rem; padding: .3rem .875rem .3rem .7rem; border: 1px solid; border-radius: 99px; font-size: .875rem; font-weight: 650; line-height: 1.4; }
.seal.passed { color: var(--passed); background: var(--passed-tint); border-color: var(--passed-line); }
.seal.failed { color: var(--failed); background: var(--failed-tint); border-color: var(--failed-line); }
.seal.inconclusive { color: var(--inconclusive); background: var(--inconclusive-tint); border-color: var(--inconclusive-line); }
h1 { max-width: 54rem; font-size: clamp(1.75rem, 1.1rem + 2.6vw, 2.75rem); line-height: 1.14; letter-spacing: -.028em; }
h1.long { font-size: clamp(1.375rem, 1rem + 1.7vw, 2.0625rem); line-height: 1.2; letter-spacing: -.022em; }
.untested { max-width: 54rem; margin-top: 1rem; color: var(--soft); }
.untested b { color: var(--ink); font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); margin-top: 2.25rem; border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); overflow: hidden; box-shadow: var(--shadow); }
.figures div { display: flex; flex-direction: column-reverse; padding: 1rem 1.25rem; box-shadow: -1px -1px 0 var(--line); }
.figures dd { font-size: 1.375rem; font-weight: 620; letter-spacing: -.02em; line-height: 1.3; white-space: nowrap; }
.figures dt { color: var(--soft); font-size: .8125rem; }

section { padding-top: 3.5rem; }
h2 { margin-bottom: 1.125rem; font-size: 1.375rem; }
h2 small, h3 small { margin-left: .5rem; }
h3 { margin: 2rem 0 .75rem; font-size: 1.0625rem; }
h4 { color: var(--soft); font-size: .75rem; font-weight: 600; letter-spacing: .01em; }
footer { padding-top: 4rem; padding-bottom: 4rem; color: var(--soft); font-size: .8125rem; }
.place { margin-top: .5rem; color: var(--soft); font-size: .8125rem; }
.toast { position: fixed; left: 50%; bottom: 1.5rem; translate: -50% 0; padding: .5rem 1rem; border-radius: 8px; background: var(--ink); color: var(--paper); font-size: .875rem; }

@media (max-width: 44rem) {
  main, footer { padding: 0 1rem; }
  nav { padding-inline: 1rem; gap: 1.125rem; }
  .headline { padding-top: 1.5rem; }
  section { padding-top: 2.75rem; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures div { padding: .75rem 1rem; }
  .figures dd { font-size: 1.125rem; }
  .verdict time { margin-left: 0; flex-basis: 100%; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print {
  :root { --paper: #fff; --sheet: #fff; --shadow: none; }
  body { font-size: 10.5pt; }
  nav, .filter, .copy, .toast, .skip { display: none !important; }
  .card, tr, figure { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  main { max-width: none; padding: 0; }
  * { print-color-adjust: exact; }
}`;
