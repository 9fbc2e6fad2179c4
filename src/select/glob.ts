import picomatch from 'picomatch';

/**
 * Compiles a glob without braces into one regular expression: `*` and `?` stay within a component, `**` as a whole component
 * stands for any number of them, at the end for at least one. Matching takes time in proportion to text × glob whatever
 * they are: each `*` but the last takes the least that fits, and that choice is never taken back (the lookahead with
 * its back-reference is an atomic group, which is sound because a later start only leaves less for the rest). What a
 * glob library makes of `*a*a*a*a*a*b` needs seconds for a hundred letters.
 *
 * What stands between two `*` is picomatch's to translate: letters, `?`, `[a-z]`, `[!a-z]`.
 * @throws SyntaxError for a range out of order such as `[z-a]`
 */
export function compileGlob(glob: string): (text: string) => boolean {
  let groups = 0;
  const atomic = (source: string): string => {
    groups += 1;
    // digits after a back-reference would be read as part of its number
    return `(?=(?<g${String(groups)}>${source}))\\k<g${String(groups)}>`;
  };
  const component = (text: string): string => {
    const pieces = text.split(/\*+/).map(piece);
    const first = pieces.shift() ?? '';
    const last = pieces.pop();
    const between = pieces.filter(source => source !== '').map(source => atomic(`[^/]*?${source}`));
    return `${first}${between.join('')}${last === undefined ? '' : `[^/]*${last}`}/`;
  };

  const runs = splitAtGlobstars(glob);
  const first = runs.shift() ?? [];
  const last = runs.pop();
  // components are matched with the slash after them, so the text gets one more
  const opening = first.map(component).join('');
  const between = runs.map(run => atomic(`(?:[^/]+/)*?${run.map(component).join('')}`));
  const closing =
    last === undefined ? '' : `(?:[^/]+/)${last.length === 0 ? '+' : '*'}${last.map(component).join('')}`;
  const compiled = new RegExp(`^${opening}${between.join('')}${closing}$`);
  return text => compiled.test(`${text}/`);
}

/** The components between one `**` and the next; empty lists only at either end. */
function splitAtGlobstars(glob: string): string[][] {
  const runs: string[][] = [[]];
  let afterGlobstar = false;
  for (const component of glob.split('/')) {
    const globstar = component === '**';
    if (!globstar) runs.at(-1)?.push(component);
    else if (!afterGlobstar) runs.push([]);
    afterGlobstar = globstar;
  }
  return runs;
}

/** The regular expression for letters, `?` and `[…]`: a text of fixed length. */
function piece(text: string): string {
  if (text === '') return '';
  const options = { contains: true, debug: true, dot: true, fastpaths: false, nobrace: true, posix: true };
  return picomatch.makeRe(text, { ...options, noextglob: true, nonegate: true }).source;
}
