/** A time as the name of a file: without colons, which some file systems refuse. */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(':', '-');
}

/** Undefined for what is no such name. */
export function readStamp(text: string): number | undefined {
  const [, date, hours, minutes, rest] = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3}Z)$/.exec(text) ?? [];
  const ms = Date.parse(`${date}T${hours}:${minutes}:${rest}`);
  return Number.isNaN(ms) ? undefined : ms;
}
