import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameMemory } from './names.ts';

test('tells what is there from what is new, as a list of all names would', () => {
  const component = fc.constantFrom('a', 'b', 'A', 'ß', 'ss', 'é', 'e\u0301', 'long-component-of-a-name');
  const path = fc.array(component, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'));
  const kind = fc.constantFrom('file' as const, 'directory' as const);
  const fold = (text: string): string => text.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');

  fc.assert(
    fc.property(fc.array(fc.tuple(path, kind), { maxLength: 30 }), entries => {
      const names = nameMemory();
      const known = new Map<string, { exact: string; state: 'file' | 'directory' | 'implied' }>();
      for (const [name, type] of entries) {
        const parents = name
          .split('/')
          .map((_, index, parts) => parts.slice(0, index).join('/'))
          .slice(1);
        const blocked = parents.some(parent => {
          const found = known.get(fold(parent));
          return found !== undefined && (found.exact !== parent || found.state === 'file');
        });
        const own = known.get(fold(name));
        const taken = own !== undefined && (own.exact !== name || own.state !== 'implied' || type === 'file');
        const problem = names.add(name, type);
        assert.equal(problem !== undefined, blocked || taken, `${name}: ${String(problem)}`);
        // reading stops at the first problem
        if (problem !== undefined) return;
        for (const parent of parents) {
          if (!known.has(fold(parent))) known.set(fold(parent), { exact: parent, state: 'implied' });
        }
        known.set(fold(name), { exact: name, state: type });
        assert.equal(names.count, known.size);
      }
    }),
    { numRuns: 500 },
  );
});

test('knows a hundred thousand names apart', () => {
  const names = nameMemory();
  for (let index = 0; index < 100_000; index++) {
    assert.equal(names.add(`d${String(index % 7)}/${String(index)}/link`, 'file'), undefined);
  }
  assert.equal(names.count, 200_007);
  for (let index = 0; index < 100_000; index += 997) {
    assert.match(names.add(`d${String(index % 7)}/${String(index)}/link`, 'file') ?? '', /had before/);
  }
});
