import prettyBytes from 'pretty-bytes';
import { shortDigest } from '../oci/digest.ts';

/** Bytes for people, in decimal units as docker and podman print them: `1.34 kB`. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes);
}

/** A throughput, or undefined where the time is too short to say anything. */
export function formatRate(bytes: number, milliseconds: number): string | undefined {
  return milliseconds < 1 ? undefined : `${formatBytes(Math.round((bytes * 1000) / milliseconds))}/s`;
}

/** How long something took: `420 ms`, `4.2 s`, `3 min 05 s`, `2 h 07 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${String(Math.round(milliseconds))} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${String(Math.floor(minutes / 60))} h ${two(minutes % 60)} min`;
}

/** Time left, as a clock: `0:07`, `12:05`, `1:02:03`; `over a day` beyond that. */
export function formatClock(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds >= 86_400) return 'over a day';
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const head = hours === 0 ? String(minutes) : `${String(hours)}:${two(minutes)}`;
  return `${head}:${two(seconds % 60)}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** `1 image`, `2 images`, `12,345 blobs`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(number)} ${number === 1 ? singular : plural}`;
}

/** A whole number with commas between thousands from 10,000 on. */
export function formatCount(number: number): string {
  return number < 10_000 ? String(number) : String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Whole percent; 100 only when nothing is missing. */
export function percent(part: number, whole: number): number {
  return whole <= 0 ? 100 : Math.min(100, Math.floor((part * 100) / whole));
}

/**
 * Platforms of an image, from the fullest text to the shortest: all of them, then fewer, then only how many.
 * Empty for things without a platform.
 */
export function platformVariants(platforms: readonly string[]): readonly string[] {
  if (platforms.length === 0) return ['-'];
  const all = platforms.join(', ');
  if (platforms.length === 1) return [all];
  const some = [3, 2, 1]
    .filter(shown => shown < platforms.length)
    .map(shown => `${platforms.slice(0, shown).join(', ')} +${String(platforms.length - shown)}`);
  return [all, ...some, `${String(platforms.length)} platforms`];
}

/** A digest, from the fullest text to the shortest: whole if that is wanted, then its beginning, then that without the algorithm. */
export function digestVariants(digest: string, whole: boolean): readonly string[] {
  const short = shortDigest(digest);
  const bare = short.slice(short.indexOf(':') + 1);
  return whole ? [digest, short, bare] : [short, bare];
}

/** A digest tag is mostly digest: its beginning and its suffix say as much. Other tags stay as they are. */
export function shortTag(tag: string): string {
  return tag.replace(/^([a-z0-9]+-[0-9a-f]{12})[0-9a-f]{20,}/, '$1…');
}

/** A point in time for people, in UTC as registries log it: `2026-01-02 03:04`, or the day alone. */
export function formatDate(time: number, precision: 'minute' | 'day'): string {
  const [day = '', clock = ''] = new Date(time).toISOString().split('T');
  return precision === 'minute' ? `${day} ${clock.slice(0, 5)}` : day;
}
