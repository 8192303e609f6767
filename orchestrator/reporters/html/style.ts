import { layoutStyle } from './style-layout.ts';
import { partsStyle } from './style-parts.ts';

/** Ink on paper, one tint a verdict; each pair of text and ground has a contrast of at least 4.5 (WCAG 2.2, 1.4.3). */
const palette = `
:root {
  --paper: #fbfbf9; --sheet: #ffffff; --sunken: #f4f4f0; --ink: #191b1c; --soft: #5a5f63; --line: #e3e3dd; --strong-line: #cfcfc7;
  --passed: #17713f; --passed-tint: #eef7f0; --passed-line: #c7e3d0; --passed-bar: #4caf77;
  --failed: #b3231a; --failed-tint: #fdf0ee; --failed-line: #f3c6c0; --failed-bar: #d9473b; --failed-mark: #ffc9c2;
  --inconclusive: #875800; --inconclusive-tint: #fdf5e2; --inconclusive-line: #ecd7a4; --inconclusive-bar: #dba32a;
  --expected-mark: #bfe8cd; --accent: #2456a6; --series-1: #2456a6; --series-2: #b4561c; --series-3: #1d7a74;
  --shadow: 0 1px 2px rgb(20 22 24 / .05), 0 6px 24px -12px rgb(20 22 24 / .12);
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131415; --sheet: #1a1c1d; --sunken: #202324; --ink: #eceae5; --soft: #a3a7a8; --line: #2d3032; --strong-line: #44484a;
    --passed: #74cf96; --passed-tint: #16251c; --passed-line: #274634; --passed-bar: #3f9a63;
    --failed: #ff9389; --failed-tint: #2b1917; --failed-line: #5b2d28; --failed-bar: #dd5a4d; --failed-mark: #7a2a22;
    --inconclusive: #e9bd5c; --inconclusive-tint: #282113; --inconclusive-line: #54431f; --inconclusive-bar: #c9952b;
    --expected-mark: #1f5a38; --accent: #9dc1ff; --series-1: #8fb6f7; --series-2: #efa46d; --series-3: #6cc9c0; --shadow: none;
  }
}`;

export const style = `${palette}${layoutStyle}${partsStyle}`;
