/**
 * Finds a key that makes a JSON document mean different things to different readers: one that stands twice in an object,
 * or one that is equal to another key or to one of `fields` but for letter case (Go's reader, and so the registry, ignores
 * case; most others do not).
 * @param text valid JSON
 * @param fields names of the properties that are read from the document, lower camel case
 * @param maps names of properties whose content is a map of free keys, where case matters to all readers
 */
export function findAmbiguousKey(
  text: string,
  fields: readonly string[],
  maps: readonly string[] = ['annotations'],
): string | undefined {
  const spelling = new Map(fields.map(field => [fold(field), field]));
  const open: ({ readonly keys: Set<string>; readonly free: boolean } | undefined)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  let last = '';
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found, colon] = match;
    if (found === '{') open.push({ keys: new Set(), free: maps.includes(last) });
    else if (found === '[') open.push(undefined);
    else if (found === '}' || found === ']') open.pop();
    else if (colon !== undefined) {
      const object = open.at(-1);
      last = JSON.parse(found.slice(0, -colon.length)) as string;
      const key = object?.free === true ? last : fold(last);
      if (object?.keys.has(key) === true) return last;
      if (object?.free === false && (spelling.get(key) ?? last) !== last) return last;
      object?.keys.add(key);
    }
  }
  return undefined;
}

/** Upper case first: that is where Go's folding of letters such as the long s ends up too. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}
