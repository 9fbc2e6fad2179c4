/** JSON whose objects are maps: the keys of an object do not all stand in the order in which they were set. */
export type Json = string | number | boolean | null | readonly Json[] | ReadonlyMap<string, Json>;

/** Longest line that is made of several values. */
const WIDTH = 120;

/**
 * JSON for people and for programs: indented by two spaces, but whatever fits into a line stands in one, and so does every
 * object of a list that holds plain values only, so that `grep` finds an entry of a long list with all that is said of it.
 */
export function readableJson(value: Json): string {
  return `${layOut(value, '')}\n`;
}

function layOut(value: Json, indent: string, element = false): string {
  const line = inline(value, element && isRecord(value) ? Infinity : WIDTH - indent.length);
  if (line !== undefined) return line;
  const deeper = `${indent}  `;
  if (isMap(value)) {
    const parts = Array.from(
      value,
      ([key, item]) => `${deeper}${JSON.stringify(key)}: ${layOut(item, deeper)}`,
    );
    return `{\n${parts.join(',\n')}\n${indent}}`;
  }
  const parts = isList(value) ? value.map(item => deeper + layOut(item, deeper, true)) : [];
  return `[\n${parts.join(',\n')}\n${indent}]`;
}

/** In one line; undefined when it is longer than `room`, found out without going through all of a long list. */
function inline(value: Json, room: number): string | undefined {
  if (isList(value)) return joined('[', value.values(), ']', room, inline);
  if (!isMap(value)) return JSON.stringify(value);
  if (value.size === 0) return '{}';
  return joined('{ ', value.entries(), ' }', room, ([key, item], left) => {
    const text = inline(item, left);
    return text && `${JSON.stringify(key)}: ${text}`;
  });
}

function joined<T>(
  open: string,
  items: Iterable<T>,
  close: string,
  room: number,
  write: (item: T, room: number) => string | undefined,
): string | undefined {
  const parts: string[] = [];
  let left = room - open.length - close.length;
  for (const item of items) {
    const text = write(item, left);
    left -= (text?.length ?? Infinity) + (parts.length > 0 ? 2 : 0);
    if (text === undefined || left < 0) return undefined;
    parts.push(text);
  }
  return open + parts.join(', ') + close;
}

function isRecord(value: Json): boolean {
  return isMap(value) && [...value.values()].every(item => !isList(item) && !isMap(item));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isMap(value: Json): value is ReadonlyMap<string, Json> {
  return value instanceof Map;
}
