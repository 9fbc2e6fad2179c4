import type { TreeEntry } from '../tree.ts';
import type { Patient } from '../damages/patient.ts';
import { treeCase, type HostileCase } from './case.ts';
import * as runs from './runs.ts';

const zeros = '0'.repeat(64);

/** What a link may hold that leads nowhere good. */
const contents: readonly (readonly [
  name: string,
  content: (patient: Patient) => string | Exclude<TreeEntry, string>,
])[] = [
  ['nothing', () => ''],
  ['a way out', () => '../../../../../../../../outside/secret'],
  ['an absolute path', () => '/etc/passwd'],
  ['a digest that is a way out', () => 'sha256:../../../../../../../outside/secret'],
  ['a digest with a way out behind it', ({ image }) => `${image.digest}/../../../../outside/secret`],
  ['a digest that nobody has', () => `sha256:${zeros}`],
  ['a digest of an unknown algorithm', () => `sha3:${zeros}`],
  ['a digest of an algorithm that every object has', () => `constructor:${zeros}`],
  ['a digest in capitals', ({ image }) => image.digest.toUpperCase()],
  ['two digests', ({ image }) => `${image.digest}\n${image.digest}\n`],
  ['a digest with NUL behind it', ({ image }) => `${image.digest}\0`],
  ['a digest with a mark of byte order', ({ image }) => `\ufeff${image.digest}`],
  ['a digest that is too long', ({ image }) => `${image.digest}00`],
  ['what clears a terminal', () => '\x1b[2J\x1b]0;owned\x07\x9b31m'],
  ['what turns text around', () => 'sha256:\u202e\u2066abc\u2028'],
  ['bytes that are no text', () => Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0x1b, 0x5b])],
  ['a megabyte', () => 'a'.repeat(2 ** 20)],
  ['4 GiB of zeros', () => ({ zeros: 4 * 2 ** 30 })],
];

const refused = { codes: [3, 4] };

const kinds: readonly (readonly [name: string, path: (patient: Patient) => string])[] = [
  ['tag', ({ app }) => app.tagLink('1.0')],
  ['revision', ({ app, image }) => app.revisionLink(image)],
  ['layer', ({ app, image }) => app.layerLink(image.layer(0))],
];

/** White space, which this mark counts as, is forgiven where the digest is clear; a warning says so. */
const forgiven = { codes: [0, 4], says: /LINK_|white space|mark/ };

export const linkCases: readonly HostileCase[] = kinds.flatMap(([kind, pathOf]) =>
  contents.map(([content, make]) =>
    treeCase(
      `a link of a ${kind} that holds ${content}`,
      sick => {
        const entry = make(sick);
        sick.registry.tree.set(pathOf(sick), typeof entry === 'string' ? Buffer.from(entry) : entry);
      },
      [
        runs.scrapes(['team/app:1.0'], content.includes('byte order') ? forgiven : refused),
        runs.verifies({ codes: [3, 4] }),
        kind === 'tag'
          ? runs.lists({ codes: [0] })
          : runs.inspects('team/app:1.0', content.includes('byte order') ? { codes: [0, 4] } : refused),
      ],
    ),
  ),
);
