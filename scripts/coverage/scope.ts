import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { root } from '../lib/project.ts';

/** What of src is no part of the program: tests, and what only tests use. */
export const leftOut = [
  'src/**/*.test.ts',
  'src/**/*.suite.ts',
  'src/testing/**',
  'src/end-to-end/**',
  'src/render/fakes.ts',
  'src/render/samples.ts',
  'src/cli/fake-context.ts',
] as const;

/** The program's source files that have code in them, and not types alone; paths with `/`, below the project. */
export function programFiles(): readonly string[] {
  const { matchesGlob } = process.getBuiltinModule('node:path').posix;
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map(name => `src/${name.replaceAll('\\', '/')}`)
    .filter(name => name.endsWith('.ts') && !leftOut.some(pattern => matchesGlob(name, pattern)))
    .filter(name => hasCode(readFileSync(join(root, name), 'utf8')))
    .sort();
}

function hasCode(text: string): boolean {
  const code = stripTypeScriptTypes(text, { mode: 'strip' })
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replace(/^import [^;]*;$/gm, '')
    .replace(/^export \{\s*\};?$/gm, '');
  return /[^\s;]/.test(code);
}
