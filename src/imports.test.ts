import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * Who may import whom, by folder or file of src. Data flows one way; what stands higher knows what stands lower, never the
 * reverse, and only the edge of the program knows the command line, the terminal and the process.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  sorted: [],
  oci: ['errors'],
  storage: ['errors'],
  registry: ['errors', 'sorted', 'oci', 'storage'],
  graph: ['errors', 'sorted', 'oci', 'registry'],
  select: ['errors', 'oci', 'registry'],
  look: ['errors', 'oci', 'registry', 'graph', 'select'],
  plan: ['oci', 'registry', 'graph'],
  report: ['errors'],
  observer: ['errors', 'plan'],
  transfer: ['errors', 'oci', 'storage'],
  sink: ['errors', 'oci', 'registry', 'storage', 'transfer'],
  archive: ['errors', 'oci', 'storage', 'transfer', 'sink'],
  inventory: ['errors', 'oci', 'storage', 'registry', 'bundle'],
  bundle: ['errors', 'oci', 'storage', 'registry', 'graph', 'plan', 'archive', 'sink', 'unverified'],
  verify: ['errors', 'sorted', 'oci', 'storage', 'registry', 'graph', 'transfer'],
  gather: ['errors', 'oci', 'registry', 'storage', 'graph', 'select', 'lay-out', 'observer'],
  'lay-out': ['oci', 'registry', 'graph', 'plan'],
  planner: ['oci', 'registry', 'graph', 'plan', 'lay-out', 'sink'],
  unverified: ['plan', 'registry', 'sink', 'storage'],
  copy: ['errors', 'oci', 'registry', 'plan', 'report', 'observer', 'storage', 'sink', 'unverified'],
  changed: ['errors', 'registry', 'graph', 'plan', 'copy', 'storage'],
  reporter: ['errors', 'gather', 'plan', 'copy', 'report'],
  prepare: ['errors', 'oci', 'registry', 'graph', 'plan', 'lay-out', 'planner', 'sink'],
  output: ['errors', 'copy', 'plan', 'prepare', 'observer', 'sink', 'storage'],
  ship: ['errors', 'registry', 'archive', 'bundle', 'copy', 'output', 'plan', 'report'],
  'ship-format': ['archive', 'bundle', 'copy', 'output', 'plan', 'prepare', 'ship', 'sink'],
  scrape: [
    'errors',
    'changed',
    'registry',
    'plan',
    'lay-out',
    'prepare',
    'gather',
    'observer',
    'output',
    'select',
    'copy',
    'report',
    'reporter',
  ],
  apply: [
    'errors',
    'sorted',
    'changed',
    'oci',
    'registry',
    'storage',
    'graph',
    'plan',
    'lay-out',
    'prepare',
    'observer',
    'archive',
    'bundle',
    'sink',
    'copy',
    'report',
    'reporter',
  ],
  diff: ['oci'],
  'build-info': [],
  render: ['errors', 'oci', 'look', 'plan', 'report', 'observer', 'apply', 'diff', 'verify'],
  cli: [
    'errors',
    'oci',
    'registry',
    'storage',
    'graph',
    'select',
    'inventory',
    'look',
    'plan',
    'observer',
    'sink',
    'transfer',
    'verify',
    'archive',
    'bundle',
    'output',
    'ship',
    'ship-format',
    'copy',
    'apply',
    'diff',
    'scrape',
    'report',
    'reporter',
    'render',
    'build-info',
  ],
  main: ['errors', 'cli', 'render'],
};

/** Packages and built-in modules that only some parts may use. */
const restricted: readonly { readonly module: RegExp; readonly only: readonly string[] }[] = [
  { module: /^cac$/, only: ['cli'] },
  { module: /^picocolors$/, only: ['render'] },
  { module: /^pretty-bytes$/, only: ['render'] },
  { module: /^node:fs/, only: ['storage', 'sink', 'transfer', 'registry', 'archive', 'cli', 'build-info'] },
  { module: /^node:(https?|net|tls|dgram|dns|child_process)/, only: [] },
  { module: /^node:process$/, only: ['main', 'cli'] },
];

const source = dirname(fileURLToPath(import.meta.url));
const helpers = /^(testing|end-to-end)\/|\.(test|suite)\.ts$/;

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  file => file.endsWith('.ts') && !helpers.test(file),
);

const imports: readonly Import[] = files.flatMap(from => {
  const text = readFileSync(join(source, from), 'utf8');
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm);
  return [...found].map(([, module = '']) => ({
    from,
    to: module.startsWith('.') ? relative(source, join(source, dirname(from), module)) : module,
  }));
});

const partOf = (file: string): string => file.split('/')[0]?.replace(/\.ts$/, '') ?? '';

test('every part of src is in the table, and nothing else', () => {
  assert.deepEqual([...new Set(files.map(partOf))].sort(), Object.keys(allowed).sort());
});

test('imports go one way', () => {
  const local = imports.filter(({ to }) => to.endsWith('.ts') || to.endsWith('.json'));
  assert.ok(local.length > 50);
  const wrong = local.filter(({ from, to }) => {
    const part = partOf(from);
    return partOf(to) !== part && !allowed[part]?.includes(partOf(to));
  });
  assert.deepEqual(wrong, []);
});

test('no file imports itself in a circle', () => {
  const edges = new Map<string, string[]>();
  for (const { from, to } of imports) edges.set(from, [...(edges.get(from) ?? []), to]);
  const state = new Map<string, 'open' | 'closed'>();
  const visit = (file: string, trail: readonly string[]): void => {
    assert.notEqual(state.get(file), 'open', [...trail, file].join(' → '));
    if (state.has(file)) return;
    state.set(file, 'open');
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    state.set(file, 'closed');
  };
  for (const file of files) visit(file, []);
});

test('the file system, the network, the process and the terminal are reached only where they belong', () => {
  const wrong = imports.filter(({ from, to }) =>
    restricted.some(({ module, only }) => module.test(to) && !only.includes(partOf(from))),
  );
  assert.deepEqual(wrong, []);
});

test('the core neither prints nor ends the process', () => {
  const edge = new Set(['main', 'cli', 'render']);
  const loud = files.filter(file => {
    const text = readFileSync(join(source, file), 'utf8');
    return !edge.has(partOf(file)) && /console\.|process\.(exit|stdout|stderr|argv|env)/.test(text);
  });
  assert.deepEqual(loud, []);
});

test('only one file knows the names that the storage layout is made of', () => {
  const knowing = files.filter(file => {
    const text = readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    return /['"`/](_manifests|_layers|_uploads|revisions\/|signatures\/|current\/link|docker\/registry)/.test(
      text,
    );
  });
  assert.deepEqual(knowing, ['registry/layout.ts']);
});
