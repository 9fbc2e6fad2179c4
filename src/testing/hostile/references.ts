import { treeCase, type HostileCase } from './case.ts';
import { oddNames } from './names.ts';
import * as runs from './runs.ts';

const many = (text: string, times: number): string => Array<string>(times).fill(text).join('');
const digest = `sha256:${many('0', 64)}`;

/** References that must not be taken for one, or lead to nothing. */
const references: Readonly<Record<string, string>> = {
  'a way out': '../../outside/secret',
  'a way out after a name': 'team/../../../outside/secret:1',
  'an absolute path': '/etc/passwd',
  'a way out as a tag': 'team/app:../../../../outside',
  'a way out as a digest': 'team/app@sha256:../../../../outside',
  'a way into what is no repository': 'team/app/_manifests/tags',
  'a reserved name': '_uploads:1',
  'a name that is encoded': 'team%2fapp:1.0',
  'two tags': 'team/app:1.0:2.0',
  'two digests': `team/app@${digest}@${digest}`,
  'a digest of an unknown algorithm': `team/app@constructor:${many('0', 64)}`,
  'a host and nothing': 'registry.example.com:5000/',
  'a port beyond all ports': 'registry.example.com:99999999999/team/app:1.0',
  'an address in brackets': '[::1]:5000/__proto__:1',
  'a URL': 'https://user:password@registry.example.com/team/app:1.0',
  'a very long name': many('a', 60_000),
  'a very long path': `${many('a/', 30_000)}a`,
  'a very long tag': `team/app:${many('a', 60_000)}`,
  'separators without end': many('a-', 30_000),
  'braces that multiply': many('{a,b}', 30),
  'braces in braces': `${many('{a,', 500)}a${many('}', 500)}`,
  'braces that stay open': many('{', 5000),
  'ranges without end': 'a{1..1000000000}',
  'stars that have much to try': `${many('*a', 500)}b:*`,
  'stars over components': `${many('**/', 500)}b:*`,
  'classes that stay open': many('[', 5000),
  'extended patterns': many('+(a|', 100) + many(')', 100),
};

const refused = { codes: [2, 3] };

const named = [...Object.entries(references), ...Object.entries(oddNames)].map(([what, text]) => {
  const end = ['--', text];
  return treeCase(`${what} as a reference`, () => undefined, [
    { ...runs.scrapes([], refused), argv: ['-d', 'data', '-o', 'out', ...end] },
    { ...runs.lists(refused), argv: ['ls', '-d', 'data', ...end] },
    { ...runs.inspects('', refused), argv: ['inspect', '-d', 'data', ...end] },
    runs.plans(['**:*', `--exclude=${text}`, `--rename=${text}=${text}`], { codes: [0, 2, 3] }),
  ]);
});

/** Values of options. */
const options: readonly HostileCase[] = (
  [
    ['a new name that is a way out', ['--rename', 'team/=../../outside/']],
    ['a new name that is absolute', ['--rename', 'team/app=/outside/app']],
    ['a new name that is reserved', ['--rename', 'team/app=team/_manifests']],
    ['a new name below a reserved one', ['--rename', 'team/=zed/_layers/']],
    ['a number beyond 2^53', ['--newest', '9007199254740993']],
    ['a number beyond all numbers', ['--newest', '1e999']],
    ['a range without end', ['--semver', many('>=1 ', 10_000)]],
    ['a platform that clears a terminal', ['--platform', '\x1b[2J/\u202e']],
    ['a type that clears a terminal', ['--referrers', '\x1b[2J\u009b']],
    ['an order that clears a terminal', ['--newest', '1', '--newest-by', '\x1b[2J']],
    ['an option that clears a terminal', ['--\x1b[2J\u202e']],
    ['an expression that is none', ['--tag-regex', '(((\x1b[2J']],
    ['an expression that looks behind', ['--tag-regex', '(?<__proto__>a)\\k<__proto__>']],
    ['a concurrency beyond all', ['-j', '999999999999999999999']],
  ] as const
).map(([what, argv]) =>
  treeCase(`${what} as an option`, () => undefined, [
    runs.plans(['**:*', ...argv], { codes: [0, 2, 3] }),
    runs.scrapes(['**:*', ...argv], { codes: [0, 2, 3] }),
  ]),
);

export const referenceCases: readonly HostileCase[] = [...named, ...options];
