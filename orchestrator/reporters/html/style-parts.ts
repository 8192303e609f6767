/** The parts of the page: matrix, cards, tables, plot, list of cases. */
export const partsStyle = `
table { border-collapse: collapse; width: 100%; text-align: left; font-size: .875rem; }
th { font-weight: 600; }
.matrix { table-layout: fixed; min-width: 34rem; border-spacing: .5rem; border-collapse: separate; width: 100%; }
.scroll:has(> .matrix) { margin: -.5rem; }
.matrix thead td { width: 9rem; }
.matrix thead th { padding: 0 .25rem .25rem; font-size: 1rem; vertical-align: bottom; }
.matrix thead small { display: block; }
.matrix tbody th { font-size: .9375rem; vertical-align: top; padding: .875rem 0; }
.matrix tbody td { height: 1px; padding: 0; vertical-align: top; color: inherit; }
.matrix td > * { display: flex; flex-direction: column; height: 100%; min-height: 5.25rem; padding: .8125rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); text-decoration: none; overflow: hidden; transition: border-color .12s; }
.matrix td > a:hover { border-color: var(--soft); }
.matrix strong { font-size: 1rem; font-weight: 650; }
.matrix strong i { display: inline-block; width: 1.1em; }
.matrix small { display: flex; justify-content: space-between; gap: .75rem; margin-top: .125rem; }
.matrix small span { white-space: nowrap; } .matrix a small { padding-bottom: .625rem; }
.matrix .bar { display: block; margin: auto -1rem -.8125rem; width: calc(100% + 2rem); flex: none; }
.matrix .passed strong { color: var(--passed); }
.matrix .failed > a { background: var(--failed-tint); border-color: var(--failed-line); }
.matrix .failed strong { color: var(--failed); }
.matrix .inconclusive > a { background: var(--inconclusive-tint); border-color: var(--inconclusive-line); }
.matrix .inconclusive strong { color: var(--inconclusive); }
.matrix .untested > div { background: none; border-style: dashed; border-color: var(--strong-line); color: var(--soft); }
.matrix .untested strong { font-weight: 600; }
rect.passed { fill: var(--passed-bar); } rect.failed { fill: var(--failed-bar); } rect.inconclusive { fill: var(--inconclusive-bar); } rect.skipped { fill: var(--strong-line); }

.card { margin-top: 1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); box-shadow: var(--shadow); padding: 1.375rem 1.5rem 1.25rem; outline: none; border-top: 3px solid var(--failed-bar); }
.card.inconclusive { border-top-color: var(--inconclusive-bar); }
.card:target, .card.here { border-color: var(--accent); }
.tags { display: flex; flex-wrap: wrap; align-items: center; gap: .375rem .5rem; font-size: .8125rem; }
.tag { padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 99px; font-weight: 600; }
.tag.failed { background: var(--failed-tint); border-color: var(--failed-line); }
.tag.inconclusive { background: var(--inconclusive-tint); border-color: var(--inconclusive-line); }
.tags .id { margin-left: auto; color: var(--soft); text-decoration: none; font-family: ui-monospace, "SF Mono", "JetBrains Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .75rem; overflow-wrap: anywhere; }
.tags .id:hover::before { content: "# "; }
.card h3 { margin: .75rem 0 0; font-size: 1.25rem; }
.card h4 { margin-bottom: .375rem; }
.card .on { margin: 1rem 0 0; font-size: .875rem; color: var(--ink); }
.other { margin-top: 1.5rem; padding-top: .25rem; border-top: 1px solid var(--line); }
.alike { margin-top: .75rem; }
.reason { margin-top: .875rem; padding: .75rem 1rem; border-radius: 8px; background: var(--sunken); }
.inconclusive .reason { background: var(--inconclusive-tint); }
.failed .reason { background: var(--failed-tint); }
.cause { margin-top: .5rem; max-width: 50rem; }
.guards { margin-top: .5rem; padding-left: 1.125rem; }
.comparison { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: .875rem; }
.comparison > div { min-width: 0; padding: .75rem 1rem .8125rem; border-radius: 8px; background: var(--sunken); }
.comparison .expected { background: var(--passed-tint); } .comparison .expected h4 { color: var(--passed); }
.comparison .got { background: var(--failed-tint); } .comparison .got h4 { color: var(--failed); }
.comparison pre { font-size: .84rem; }
mark { color: inherit; background: var(--failed-mark); border-radius: 3px; padding: .1em .05em; box-shadow: 0 1.5px 0 currentColor; }
.expected mark { background: var(--expected-mark); }
.witness { margin-top: .75rem; padding: .75rem 1rem; border-radius: 8px; background: var(--sunken); }
details { margin-top: .625rem; font-size: .875rem; }
summary { cursor: pointer; color: var(--soft); width: fit-content; }
summary:hover { color: var(--ink); }
.log .scroll { margin-top: .5rem; max-height: 22rem; overflow: auto; border-radius: 8px; background: var(--sunken); padding: .5rem 0; }
.log table { font: .75rem/1.65 ui-monospace, "SF Mono", "JetBrains Mono", Menlo, Consolas, "Liberation Mono", monospace; width: auto; min-width: 100%; }
.log td { padding: 0 .5rem; white-space: pre; vertical-align: top; }
.log td:nth-child(4) { width: 100%; }
.log td:nth-child(1) { padding-left: 1rem; text-align: right; color: var(--soft); user-select: none; }
.log td:nth-child(2), .log td:nth-child(3) { color: var(--soft); }
.log td.warn { color: var(--inconclusive); } .log td.error { color: var(--failed); }
.log .hit { background: color-mix(in srgb, var(--failed-bar) 14%, transparent); box-shadow: inset 3px 0 var(--failed-bar); }
.commands { margin-top: 1rem; border-top: 1px solid var(--line); }
.command { display: grid; grid-template-columns: 9.5rem 1fr auto; align-items: baseline; gap: .25rem 1rem; padding: .4375rem 0; border-bottom: 1px solid var(--line); font-size: .875rem; }
.command span { color: var(--soft); }
.command em { display: block; font-style: normal; font-size: .75rem; }
.copy { border: 1px solid var(--line); border-radius: 6px; background: var(--paper); color: var(--soft); font: inherit; font-size: .75rem; padding: .1rem .6rem; cursor: pointer; }
.copy:hover { color: var(--ink); border-color: var(--strong-line); }
.since { display: flex; gap: .75rem; align-items: baseline; margin-top: .875rem; color: var(--soft); font-size: .8125rem; }
.trail { display: inline-flex; gap: 2px; flex: none; }
.trail i { width: 1.125rem; height: 1.125rem; border-radius: 4px; font-size: .6875rem; line-height: 1.125rem; text-align: center; color: #fff; background: var(--strong-line); }
.trail .passed { background: var(--passed-bar); color: #06210f; } .trail .failed { background: var(--failed-bar); } .trail .inconclusive { background: var(--inconclusive-bar); color: #241900; }
.also ul { margin-top: .375rem; list-style: none; } .also li { padding: .2rem 0; } .also pre { padding-left: 1.5rem; color: var(--soft); font-size: .75rem; } .also li i { color: var(--soft); display: inline-block; width: 1.1em; }

.facts { background: var(--sheet); } .facts td, .facts th, .list td, .list th, .meters td, .meters th { padding: .5rem 1rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.facts tbody th, .meters tbody th, .list tbody th { font-weight: 400; } .facts tbody th { color: var(--soft); width: 17rem; }
.facts, .meters, .list { background: none; } .list { width: auto; min-width: 100%; }
.list thead th { color: var(--soft); font-weight: 500; font-size: .8125rem; white-space: nowrap; }
.list td code { white-space: nowrap; }
.meters { table-layout: fixed; } .meters th:first-child { overflow-wrap: anywhere; }
.meter { display: block; margin-top: .25rem; border-radius: 2px; background: var(--sunken); } .meter rect { fill: var(--soft); opacity: .65; }
.plot { margin: .25rem 0 1rem; padding: 1rem 0 .25rem; border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); }
.plot figcaption { padding: 0 1.25rem; color: var(--soft); font-size: .8125rem; }
.plot svg { display: block; margin-top: .625rem; overflow: visible; }
.plot text { font-size: 12px; fill: var(--soft); } .plot .name { fill: var(--ink); font-weight: 600; } .plot .strong { fill: var(--ink); }
.plot .grid { stroke: var(--line); } .plot .thin { stroke: var(--strong-line); stroke-width: 2; } .plot .thick { stroke: var(--accent); stroke-width: 4; stroke-linecap: round; opacity: .45; }
.plot .dot { fill: var(--accent); stroke: var(--sheet); stroke-width: 1.5; } .plot .max { fill: var(--sheet); stroke: var(--soft); stroke-width: 1.5; }

.timeline { padding: 1rem 1.25rem .5rem; position: relative; } .timeline figcaption { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0 0 .75rem; } .reading { position: absolute; top: 0; left: .75rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: 8px; background: var(--sheet); box-shadow: var(--shadow); font-size: .75rem; line-height: 1.5; white-space: pre; } .reading.left { left: auto; right: .75rem; }
.legend svg { display: inline-block !important; margin: 0 !important; vertical-align: middle; } .legend line { stroke-width: 3; }
.lane { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: 1rem; align-items: center; padding: .375rem 0; } .lane p { font-size: .8125rem; line-height: 1.35; } .lane small { display: block; } .lane svg { margin: 0 !important; }
.steps { border-bottom: 1px solid var(--line); cursor: crosshair; } .steps path { fill: none; stroke-width: 1.75; vector-effect: non-scaling-stroke; } .steps .faint { opacity: .5; stroke-dasharray: 3 3; }
.b1 { stroke: var(--series-1); } .b2 { stroke: var(--series-2); } .b3 { stroke: var(--series-3); } .b4, .b5 { stroke: var(--soft); } .band.b1 { fill: var(--series-1); } .band.b2 { fill: var(--series-2); } .band.b3 { fill: var(--series-3); } .band.b4, .band.b5 { fill: var(--soft); } .band { stroke: none; opacity: .2; } .lane text { fill: var(--ink); }
.fault { fill: var(--failed-bar); opacity: .16; } .cursor { position: absolute; top: 2.75rem; bottom: .5rem; width: 1px; background: var(--soft); pointer-events: none; }

.history { margin-top: .75rem; } .history rect.ok { fill: var(--accent); opacity: .55; } .history rect.info { fill: var(--inconclusive-bar); opacity: .45; } .history rect.fail { fill: var(--strong-line); } .history rect.around { opacity: .22; } .history rect.impossible { fill: var(--failed-bar); opacity: 1; stroke: var(--failed); stroke-width: 2; } .history rect:hover { opacity: 1; } .impossible { padding: .25rem 1.25rem .75rem; font-size: .875rem; color: var(--failed); }

.absent { list-style: none; display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); }
.absent li { padding: 1rem 1.25rem; border: 1px dashed var(--strong-line); border-radius: 10px; font-size: .875rem; overflow-wrap: anywhere; } .absent b { font-size: 1rem; } .absent p { color: var(--soft); }
.reason .mend { margin-top: .375rem; font-size: .875rem; } .absent .mend { margin-top: .5rem; color: var(--ink); } .mend span { color: var(--soft); }
.environment { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: .875rem 2rem; font-size: .9375rem; } .environment dt { color: var(--soft); font-size: .8125rem; } .environment dd { overflow-wrap: anywhere; }

.filter { position: sticky; top: 2.875rem; z-index: 1; display: flex; flex-wrap: wrap; gap: .625rem .75rem; align-items: center; padding: .75rem 0; background: var(--paper); }
.filter label { position: relative; flex: 1 1 16rem; } .filter label kbd { position: absolute; right: .625rem; top: .4375rem; }
input { width: 100%; padding: .4375rem 2.25rem .4375rem .875rem; border: 1px solid var(--strong-line); border-radius: 8px; background: var(--sheet); color: var(--ink); font: inherit; font-size: .9375rem; } input::placeholder { color: var(--soft); opacity: 1; }
.chips { display: flex; flex-wrap: wrap; gap: .375rem; } .chips button, .only button { padding: .3125rem .75rem; border: 1px solid var(--line); border-radius: 99px; background: var(--sheet); color: var(--ink); font: inherit; font-size: .8125rem; cursor: pointer; } .chips i { color: var(--soft); } .chips [aria-pressed=true] { background: var(--ink); color: var(--paper); border-color: var(--ink); } .chips [aria-pressed=true] i { color: inherit; } .only { font-size: .875rem; }
.of1 tr { grid-template-columns: 1fr; } .of2 tr { grid-template-columns: repeat(2, minmax(0, 1fr)); } .of3 tr { grid-template-columns: repeat(3, minmax(0, 1fr)); } .of4 tr { grid-template-columns: repeat(4, minmax(0, 1fr)); } .of5 tr { grid-template-columns: repeat(5, minmax(0, 1fr)); }
.none { padding: 2rem 0; color: var(--soft); }
.cases { margin-bottom: 2rem; table-layout: fixed; } .cases caption { text-align: left; padding: .75rem 0 .375rem; font-size: 1rem; font-weight: 650; }
.cases thead { background: var(--paper); } .cases th { position: sticky; top: 2.875rem; background: var(--paper); color: var(--soft); font-weight: 500; font-size: .8125rem; } .cases th, .cases td { padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
.cases th:nth-child(2) { width: 15.5rem; } .cases td:nth-child(2) { font: .75rem ui-monospace, "SF Mono", "JetBrains Mono", Menlo, Consolas, "Liberation Mono", monospace; color: var(--soft); overflow-wrap: anywhere; }
.cases td:nth-child(n+3), .cases th:nth-child(n+3) { width: 6.75rem; white-space: nowrap; color: var(--soft); font-size: .8125rem; padding-right: 0; }
.cases td:nth-child(n+3)::before { display: inline-block; width: 1.35em; font-weight: 700; } .cases .p::before { content: "✓" / "passed"; color: var(--passed); } .cases .f::before { content: "✗" / ""; color: var(--failed); } .cases .i::before { content: "?" / ""; color: var(--inconclusive); } .cases .s::before { content: "–" / ""; }
.cases .f, .cases .f a { color: var(--failed); font-weight: 600; } .cases .i, .cases .i a { color: var(--inconclusive); } .cases td:target { box-shadow: inset 0 -2px var(--accent); color: var(--ink); } .cases tr:hover { background: var(--sunken); } .filter:not([hidden]) ~ .cases th { top: 6.5rem; }
[data-only="3"] td:nth-child(n+3):not(:nth-child(3)), [data-only="4"] td:nth-child(n+3):not(:nth-child(4)), [data-only="5"] td:nth-child(n+3):not(:nth-child(5)), [data-only="6"] td:nth-child(n+3):not(:nth-child(6)), [data-only="7"] td:nth-child(n+3):not(:nth-child(7)) { opacity: .3; }
.cases .here td { background: var(--sunken); box-shadow: inset 0 -2px var(--accent); }

@media (max-width: 60rem) {
  .filter { position: static; } .cases caption { width: 100%; } .cases, .cases caption, .cases thead, .cases tbody { display: block; } .cases thead { position: sticky; top: 2.875rem; } .cases tr { display: grid; gap: .125rem 1rem; padding: .5rem 0; border-bottom: 1px solid var(--line); } .cases tr[hidden] { display: none; }
  .cases th:nth-child(-n+2) { display: none; } .cases th, .cases td { border: 0; padding: 0; } .cases td:nth-child(-n+2) { grid-column: 1 / -1; overflow-wrap: anywhere; } .cases th:nth-child(n+3), .cases td:nth-child(n+3) { width: auto; }
}
@media (max-width: 44rem) {
  .lane { grid-template-columns: 1fr; gap: .125rem; } .card { padding: 1.125rem 1rem; } .tags .id { margin-left: 0; flex-basis: 100%; } .comparison { grid-template-columns: 1fr; } .command { grid-template-columns: 1fr auto; } .command pre { grid-column: 1 / -1; grid-row: 2; } .command .copy { grid-row: 1; grid-column: 2; }
  .matrix { min-width: 0; margin: 0; width: 100%; } .matrix, .matrix thead, .matrix tbody { display: block; } .matrix tr { display: grid; gap: .375rem; } .matrix thead td { display: none; } .matrix thead th { padding: 0; font-size: .875rem; } .matrix thead small { font-size: .75rem; } .matrix tbody th { grid-column: 1 / -1; padding: .875rem 0 0; } .matrix tbody td { height: auto; }
  .matrix td > * { padding: .625rem .75rem; } .matrix strong { font-size: .875rem; } .matrix small { flex-direction: column; gap: 0; font-size: .75rem; } .matrix .bar { margin: auto -.75rem -.625rem; width: calc(100% + 1.5rem); }
}`;
