/**
 * A table of GitHub's Markdown. Cells are Markdown; a `|` in one is escaped here. A column without any text is left
 * out.
 */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const filled = header.map((_, column) => rows.some((row) => (row[column] ?? '') !== ''));
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .filter((_, column) => filled[column])
      .map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' '))
      .join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
