/** Numbers, times and lists for people: English, decimal units, UTC. */

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** `1,100` */
export function renderCount(value: number): string {
  return grouped.format(value);
}

/** `1 claim`, `2 claims` */
export function renderPlural(value: number, noun: string): string {
  return `${renderCount(value)} ${value === 1 ? noun : `${noun}s`}`;
}

/** `0.4 ms`, `412 ms`, `41.2 s`, `1 min 52 s`, `2 h 3 min` */
export function renderDuration(durationMs: number): string {
  if (durationMs < 9.95) return `${Math.round(durationMs * 10) / 10} ms`;
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `512 B`, `88.1 MB`, `24 GB`; a MB is 10^6 bytes. */
export function renderBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`;
}

/** `2026-01-03 04:06:12 UTC` from RFC 3339; anything else as it is. */
export function renderTime(time: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/.exec(time);
  return match === null ? time : `${match[1]} ${match[2]} UTC`;
}

/** `lmdb, redis and mongodb` */
export function renderList(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** Milliseconds since the epoch; 0 when the time cannot be read. */
export function epochMsOf(time: string): number {
  const epochMs = Date.parse(time);
  return Number.isNaN(epochMs) ? 0 : epochMs;
}
