import fc from 'fast-check';
import assert from 'node:assert/strict';
import { isRepository, isTag } from '../../oci/reference.ts';
import { compileGlob } from '../../select/glob.ts';
import { isPattern, parsePattern } from '../../select/pattern.ts';
import { parseRename, renamer } from '../../select/rename.ts';
import { sortTags } from '../../select/version.ts';
import * as arbitrary from './arbitraries.ts';
import { unlessRefused } from './names.ts';
import { property, type Property } from './property.ts';

const wild = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom('*', '**', '?', '/', ':', '{', '}', ',', '[', ']', '!', '-', 'a', 'b'),
      },
      { weight: 1, arbitrary: arbitrary.scraps },
    ),
    { maxLength: 14 },
  )
  .map(parts => parts.join(''));

/** Nothing takes long, however much there is to try. */
const LONG = 1000;

export const selectionProperties: readonly Property[] = [
  property(
    'any text is a pattern that matches in a short time, or refused',
    10,
    fc.tuple(wild, arbitrary.repository, arbitrary.tag),
    ([text, repository, tag]) => {
      const start = performance.now();
      const pattern = unlessRefused(() => parsePattern(text));
      if (pattern === undefined) return;
      for (const { forms } of pattern.names)
        for (const form of forms) assert.equal(typeof form.matches(repository), 'boolean');
      assert.equal(typeof pattern.tag.matches(tag), 'boolean');
      for (const one of pattern.references) assert.ok(!isPattern(one), one);
      assert.ok(performance.now() - start < LONG, `${String(performance.now() - start)} ms`);
    },
  ),
  property(
    'a name without wildcards is matched by itself and by nothing else',
    8,
    fc.tuple(arbitrary.repository, arbitrary.repository),
    ([one, other]) => {
      assert.ok(compileGlob(one)(one));
      assert.equal(compileGlob(one)(other), one === other);
      assert.ok(compileGlob('**')(one));
    },
  ),
  property(
    'a new name is one that a repository can have, or refused',
    8,
    fc.tuple(
      fc.oneof(
        arbitrary.text,
        fc
          .tuple(arbitrary.repository, fc.oneof(arbitrary.repository, arbitrary.text))
          .map(([from, to]) => `${from}=${to}`),
      ),
      arbitrary.repository,
    ),
    ([text, repository]) => {
      const rule = unlessRefused(() => parseRename(text));
      if (rule === undefined) return;
      const renamed = unlessRefused(() => renamer([rule])(repository));
      assert.ok(renamed === undefined || isRepository(renamed), renamed);
    },
  ),
  property(
    'tags are sorted the same way, however they come',
    4,
    fc.array(
      fc.oneof(arbitrary.tag, fc.stringMatching(/^v?[0-9]{1,3}(\.[0-9]{1,20}){0,3}(-[a-z0-9]{1,3})?$/)),
      { maxLength: 6 },
    ),
    tags => {
      assert.ok(tags.every(isTag));
      assert.deepEqual(sortTags(tags.toReversed()), sortTags(tags));
    },
  ),
];
