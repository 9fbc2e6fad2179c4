import { mkdir, writeFile } from 'node:fs/promises';
import { pathFor, STORAGE_ROOT } from '../../registry/layout.ts';
import type { Patient } from '../damages/patient.ts';
import { treeCase, type HostileCase } from './case.ts';
import * as runs from './runs.ts';

/** Names that act on terminals, hide, pretend to be something else or mean something to programs. */
export const oddNames: Readonly<Record<string, string>> = {
  'what clears a terminal': '\x1b[2J\x1b[31mred',
  'what sets the title of a terminal': '\x1b]0;owned\x07',
  'controls of eight bits': 'a\u009b31mb\u0085c',
  'a line end': 'a\nERROR everything is fine\nb',
  'a carriage return': 'all done\rb',
  'backspaces and deletes': 'abc\b\b\b\x7fxyz',
  'what turns text around': 'app\u202egpj.exe\u2066',
  'what cannot be seen': 'a\u200bb\u2060\ufeffc',
  'separators of lines and paragraphs': 'a\u2028b\u2029c',
  'marks upon marks': `a${'\u0300'.repeat(60)}`,
  'the prototype of all objects': '__proto__',
  'the constructor of all objects': 'constructor',
  'capital letters': 'APP',
  'letters that look like others': '\u0430pp',
  'wide letters': '\u5168\u89d2\u{1f9ff}',
  'a letter in two parts': 'e\u0301',
  'an option': '--help',
  'a shell command': '$(touch pwned)`touch pwned`;touch pwned',
  spaces: '  a  b  ',
  quotes: `"a'b"\\`,
  'a way out for browsers': '..%2f..%2foutside',
  'a way out for Windows': '..\\..\\outside',
  'three dots': '...',
  'a leading dot': '.app',
  'a reserved beginning': '_app',
  'a pattern': '*{a,b}[!c]?',
  'a format': '%s%n%d',
  '255 letters': 'a'.repeat(255),
};

const anything = { codes: [0, 1, 3, 4] };
const looks = [
  runs.lists({ codes: [0] }),
  runs.salvages({ codes: [0] }),
  runs.verifies(anything),
  runs.packs(['**:*'], { codes: [0] }),
];

/** Where a name may stand, each with a sound image or link below it. */
function putEverywhere({ registry, app, image }: Patient, name: string): void {
  const below = (...parts: readonly string[]): void =>
    void registry.tree.set([STORAGE_ROOT, ...parts].join('/'), Buffer.from(image.digest));
  for (const path of [app.tagLink('1.0'), app.revisionLink(image)]) {
    const [, inside = ''] = path.split('/repositories/team/app/');
    below('repositories', name, inside);
    below('repositories/team', name, inside);
  }
  below('repositories/team/app/_manifests/tags', name, 'current/link');
  below('repositories/team/app/_manifests/tags/1.0/index/sha256', name, 'link');
  below('repositories/team/app/_manifests/revisions/sha256', name, 'link');
  below('repositories/team/app/_layers', name, 'link');
  below('repositories/team/app/_uploads', name, 'data');
  below('repositories/team/app', name);
  below('blobs', name);
  below('blobs/sha256', name, 'data');
  below(name);
}

const everywhere = Object.entries(oddNames).map(([what, name]) =>
  treeCase(`${what} as a name everywhere in the storage`, sick => putEverywhere(sick, name), looks),
);

/** Names that the other cases' trees cannot hold. */
const onDisk: readonly HostileCase[] = [
  treeCase(
    'names that are not UTF-8',
    () => undefined,
    [runs.lists({ codes: [0] }), runs.salvages(anything), runs.verifies(anything)],
    {
      async after({ at }) {
        const tags = at('data', pathFor({ kind: 'tags', repository: 'team/app' }));
        for (const parent of [
          tags,
          at('data', pathFor({ kind: 'repositories' })),
          at('data', pathFor({ kind: 'blobs' })),
        ]) {
          await mkdir(Buffer.concat([Buffer.from(`${parent}/`), Buffer.from([0xff, 0x1b, 0x9b, 0xc0])]));
          await writeFile(Buffer.concat([Buffer.from(`${parent}/`), Buffer.from([0xc3, 0x28])]), 'x');
        }
      },
    },
  ),
];

/** Much of one thing. */
const large: readonly HostileCase[] = [
  treeCase(
    'repositories 400 levels deep',
    ({ registry, image }) => {
      const deep = pathFor({ kind: 'repository', repository: Array<string>(400).fill('d').join('/') });
      registry.tree.set(`${deep}/_manifests/tags/1.0/current/link`, Buffer.from(image.digest));
      registry.tree.set(
        `${deep}/_manifests/revisions/${image.digest.replace(':', '/')}/link`,
        Buffer.from(image.digest),
      );
    },
    looks,
  ),
  treeCase(
    'a name of 127 levels, the longest that a repository can have',
    ({ registry }) => {
      registry.repository(Array<string>(127).fill('d').join('/')).image({ tag: '1.0' });
    },
    [...looks, runs.scrapes([`${Array<string>(127).fill('d').join('/')}:1.0`], { codes: [0] })],
  ),
  treeCase(
    'a repository of 500 tags that lead nowhere',
    ({ app }) => {
      for (let tag = 0; tag < 500; tag++) app.ghostTag(`ghost-${String(tag)}`);
    },
    [
      runs.lists({ codes: [0] }),
      runs.salvages({ codes: [3], says: /TAG_UNKNOWN/ }),
      runs.verifies({ codes: [3], says: /no current link/ }),
      runs.packs(['**:*'], { codes: [3], says: /TAG_UNKNOWN/ }),
    ],
  ),
  treeCase(
    '1,500 repositories without anything in them',
    ({ put }) => {
      for (let name = 0; name < 1500; name++)
        put(`repositories/empty${String(name)}/_manifests/tags`, 'directory');
    },
    looks,
  ),
  treeCase(
    '2,000 foreign files in one directory of blobs',
    ({ put }) => {
      for (let name = 0; name < 2000; name++) put(`blobs/sha256/00/${String(name)}`, Buffer.from('x'));
    },
    looks,
  ),
];

export const nameCases: readonly HostileCase[] = [...everywhere, ...onDisk, ...large];
