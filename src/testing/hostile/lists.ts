import { open, symlink, truncate, writeFile } from 'node:fs/promises';
import { mustRun } from '../run.ts';
import { treeCase, type HostileCase, type HostilePlace } from './case.ts';
import { oddNames } from './names.ts';
import * as runs from './runs.ts';

const times = (count: number, text: (number: number) => string): string =>
  Array.from({ length: count }, (_, number) => text(number)).join('');
const service = (image: string): string => `services:\n  a:\n    image: ${image}\n`;

/** Contents of lists, told apart by whether anything can come of them. */
const contents: Readonly<Record<string, string | Buffer>> = {
  'a bomb of aliases':
    'a: &a [x,x,x,x,x,x,x,x,x]\n' +
    times(
      12,
      n =>
        `${String.fromCharCode(98 + n)}: &${String.fromCharCode(98 + n)} [${times(9, () => `*${String.fromCharCode(97 + n)},`)}]\n`,
    ) +
    'services: *m\n',
  'an alias of itself': 'services: &a\n  a: *a\n',
  'merges in a circle': 'services:\n  a: &a\n    <<: *a\n    image: team/app:1.0\n',
  'a tag of a language': service('!!js/function "function(){ throw 1 }"'),
  'a tag of Python': service('!!python/object/apply:os.system ["touch pwned"]'),
  'flow without end': '['.repeat(100_000),
  'blocks without end': times(3000, n => `${' '.repeat(n)}a:\n`),
  'keys of objects': 'services:\n  __proto__:\n    image: team/app:1.0\n  constructor: { image: zed:1.0 }\n',
  'keys of objects in JSON':
    '{"apiVersion":"v1","kind":"Pod","__proto__":{"spec":{"containers":[{"image":"x:1"}]}}}',
  'a key twice': 'services:\n  a: { image: team/app:1.0 }\n  a: { image: zed:1.0 }\n',
  'a key twice in JSON': '{"services":{"a":{"image":"team/app:1.0","image":"zed:1.0"}}}',
  'JSON without end': '{"services":'.repeat(50_000),
  'brackets of JSON': `${'['.repeat(1e6)}${']'.repeat(1e6)}`,
  'numbers beyond 2^53': service('123456789012345678901234567890'),
  'a file that extends another':
    'services:\n  a:\n    extends: { file: ../outside/secret, service: a }\n    image: team/app:1.0\n',
  'a file that includes another': `include: [../outside/secret, /etc/passwd]\n${service('team/app:1.0')}`,
  'variables in variables': service(`${'${A:-'.repeat(2000)}team/app:1.0${'}'.repeat(2000)}`),
  'variables that stay open': service('${A:-'.repeat(2) + '$'),
  'variables of this process': service(['$', '{PATH}/app:$', '{HOME}'].join('')),
  'a thousand documents': times(1000, () => `---\n${service('team/app:1.0')}`),
  '20,000 lines': times(20_000, n => `team/app:${String(n)}\n`),
  'a line of 5 MB': 'a'.repeat(5_000_000),
  'a pattern of 1 MB': '{a,b}'.repeat(200_000),
  'what is no text': Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 37) % 256)),
  'UTF-16': Buffer.from('team/app:1.0\n', 'utf16le'),
  zeros: Buffer.alloc(100_000),
  'an archive': Buffer.from('1f8b0800000000000003', 'hex'),
  'ways out': '../../outside/secret\n/etc/passwd\nfile:///etc/passwd\nteam/app@sha256:../../x\n',
  'controls of a terminal': '\x1b[2J\x1b]0;owned\x07\nteam/app:\x1b[31m\n\u202eteam\n',
  'controls of a terminal in YAML': service('"\\e[2J\\x9b31m\\u202e"'),
  'keys that control a terminal': '"\\e[2J": 1\n"services": { "\\e[31m": { "image": "\\u009b31m" } }\n',
  'a directive': '%TAG ! tag:\x1b[2J,2000:\n---\nservices: {}\n',
  'skopeo with ways out':
    'registry.example.com:\n  images:\n    ../../outside: ["1"]\n    team/app: ["../1.0"]\n    __proto__: ["1"]\n',
  'expressions that have much to try':
    'registry.example.com:\n  images-by-tag-regex:\n    team/app: "^(((a+)+)+)+$"\n',
};

const taken = { codes: [0, 2, 3] };

function listCase(what: string, make: (place: HostilePlace) => Promise<unknown>): HostileCase {
  return treeCase(
    `a list that is ${what}`,
    () => undefined,
    [
      runs.plans(['--from', 'list'], taken, ['list']),
      { ...runs.lists(taken), argv: ['ls', '--from', 'list', '-d', 'data'], reads: ['data', 'list'] },
      { ...runs.scrapes(['--from', 'list', '--keep-going'], taken), reads: ['data', 'list'] },
    ],
    { after: make },
  );
}

const written = Object.entries(contents).map(([what, content]) =>
  listCase(what, ({ at }) => writeFile(at('list'), content)),
);

const named = Object.entries(oddNames).map(([what, name]) =>
  listCase(`${what} as a name in YAML and on a line`, ({ at }) =>
    writeFile(
      at('list'),
      `# ${name}\nservices:\n  ${JSON.stringify(name)}:\n    image: ${JSON.stringify(name)}\n`,
    ),
  ),
);

/** A device or a link is the operator's own choice; it has to come to an end all the same. */
const special: readonly HostileCase[] = [
  listCase('a file of 4 GiB', async ({ at }) => {
    await (await open(at('list'), 'w')).close();
    await truncate(at('list'), 4 * 2 ** 30);
  }),
  listCase('a directory', ({ at }) => mustRun('mkdir', [at('list')])),
  listCase('a link to itself', ({ at }) => symlink('list', at('list'))),
  {
    ...listCase('the device of endless zeros', ({ at }) => mustRun('mknod', [at('list'), 'c', '1', '5'])),
    root: true,
  },
  treeCase(
    'a list on standard input that is 4 GiB of zeros',
    () => undefined,
    [{ ...runs.plans(['--from', '-'], { codes: [2] }, ['zeros']), stdin: 'zeros' }],
    {
      async after({ at }) {
        await (await open(at('zeros'), 'w')).close();
        await truncate(at('zeros'), 4 * 2 ** 30);
      },
    },
  ),
];

export const listCases: readonly HostileCase[] = [...written, ...named, ...special];
