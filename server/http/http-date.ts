const dayMs = 86_400_000;
const two = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

let lastDay = { day: -1, text: '' };

/** IMF-fixdate of RFC 9110 section 5.6.7. The day is formatted once: values are read most often soon after a write. */
export function httpDate(ms: number): string {
  const day = Math.floor(ms / dayMs);
  if (lastDay.day !== day) lastDay = { day, text: new Date(ms).toUTCString().slice(0, 17) };
  const seconds = Math.floor((ms - day * dayMs) / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${lastDay.text}${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]} GMT`;
}
