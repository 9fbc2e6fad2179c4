/**
 * Spells out the alternatives of a text: `a{b,c{d,e}}` gives `ab`, `acd`, `ace`.
 * @param most alternatives there may be; `{a,b}{a,b}…` would make more than any memory holds
 * @param fail is told what is wrong with the braces
 */
export function expandBraces(text: string, most: number, fail: (why: string) => never): readonly string[] {
  const open = text.indexOf('{');
  const stray = text.indexOf('}');
  if (stray !== -1 && (open === -1 || stray < open)) fail('"}" closes a brace that was never opened');
  if (open === -1) return [text];
  const { alternatives, rest } = splitAlternatives(text, open, fail);
  const heads = alternatives.flatMap(alternative => expandBraces(alternative, most, fail));
  const tails = expandBraces(rest, most, fail);
  if (heads.length * tails.length > most) fail(`its braces stand for more than ${String(most)} alternatives`);
  const before = text.slice(0, open);
  return heads.flatMap(head => tails.map(tail => before + head + tail));
}

/** What stands between the brace at `open` and its end, cut at the commas that belong to it, and what follows. */
function splitAlternatives(
  text: string,
  open: number,
  fail: (why: string) => never,
): { readonly alternatives: readonly string[]; readonly rest: string } {
  const alternatives: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let index = open; index < text.length; index += 1) {
    const letter = text[index];
    if (letter === '{') depth += 1;
    else if (letter === '}') depth -= 1;
    else if (letter !== ',') continue;
    if (depth === 0 || (depth === 1 && letter === ',')) {
      alternatives.push(text.slice(start, index));
      start = index + 1;
    }
    if (depth > 0) continue;
    if (alternatives.length === 1) fail('braces hold alternatives with a comma between them, like {a,b}');
    return { alternatives, rest: text.slice(start) };
  }
  return fail('a brace is not closed');
}
