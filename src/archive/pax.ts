import { isUtf8 } from 'node:buffer';

/** What a pax header says, by keyword (POSIX.1-2017 pax, "pax Extended Header"). */
export type PaxRecords = ReadonlyMap<string, string>;

/** The keywords that decide what an entry is called and where it ends: no room for two opinions. */
const DECISIVE: ReadonlySet<string> = new Set(['path', 'size']);

/** `LENGTH KEY=VALUE\n`; the length counts itself. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length > length) length += 1;
  return Buffer.from(`${String(length)}${rest}`);
}

/**
 * Reads the body of a pax header.
 * @returns the records, or what is wrong, to complete `the pax header …`
 */
export function parsePax(body: Buffer): PaxRecords | string {
  const records = new Map<string, string>();
  let start = 0;
  while (start < body.length) {
    const space = body.indexOf(' ', start);
    const end = start + recordLength(body.toString('latin1', start, Math.min(space, start + 8)));
    const equals = body.indexOf('=', space);
    const whole = space > start && equals > space + 1 && equals < end && body.at(end - 1) === NEWLINE;
    if (!whole || end > body.length) return `has a record that is not "LENGTH KEY=VALUE" at byte ${start}`;
    const key = body.toString('latin1', space + 1, equals);
    const value = body.subarray(equals + 1, end - 1);
    if (DECISIVE.has(key)) {
      if (records.has(key)) return `says ${key} twice`;
      if (!isUtf8(value)) return `says a ${key} that is not UTF-8`;
    }
    records.set(key, value.toString());
    start = end;
  }
  return records;
}

const NEWLINE = 0x0a;

function recordLength(digits: string): number {
  return /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : NaN;
}
