import { build, type BuildOptions, type Metafile } from 'esbuild';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from '../lib/project.ts';

export interface BundleInput {
  readonly version: string;
  readonly commit: string;
}

export interface Bundle {
  /** One CommonJS program, with a `#!` line. */
  readonly code: string;
  /** Folders of the npm packages whose code is in it, as the lock file calls them: `node_modules/cac`. Sorted. */
  readonly packages: readonly string[];
}

const hashbang = '#!/usr/bin/env node\n';

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  // Identifiers are left alone: stack traces stay readable, and next to Node's own size it saves nothing.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // One character beyond Latin-1 would have V8 keep the whole program at two bytes a character.
  charset: 'ascii',
  // A single-executable program has no loader for import(); require() of built-in modules works everywhere.
  supported: { 'dynamic-import': false },
  write: false,
  metafile: true,
  logLevel: 'silent',
  absWorkingDir: root,
} as const satisfies BuildOptions;

/**
 * The whole program as one file, with its worker's source as a string in it: inside a binary there is no file that a worker
 * thread could be started from.
 * @throws Error with esbuild's messages; its warnings are errors here
 */
export async function bundle(
  input: BundleInput,
  entry = 'src/main.ts',
  worker = 'src/transfer/worker.ts',
): Promise<Bundle> {
  const define: Record<string, string> = {
    __BUILD_VERSION__: JSON.stringify(input.version),
    __BUILD_COMMIT__: JSON.stringify(input.commit),
    // Only code that runs from its sources asks where it is; there it stands behind a test for the constants here.
    'import.meta.url': 'undefined',
  };
  if (!existsSync(resolve(root, worker))) throw new Error(`the worker's source is missing: ${worker}`);
  const thread = await bundleOne(worker, define);
  const main = await bundleOne(entry, { ...define, __TRANSFER_WORKER__: JSON.stringify(thread.code) });
  const code = main.code.startsWith('#!') ? main.code : hashbang + main.code;
  return { code, packages: packagesIn(thread.metafile, main.metafile) };
}

async function bundleOne(
  entry: string,
  define: Record<string, string>,
): Promise<{ code: string; metafile: Metafile }> {
  const result = await build({ ...common, entryPoints: [entry], define, outfile: 'bundle.cjs' });
  const [warning] = result.warnings;
  const [output] = result.outputFiles;
  if (warning !== undefined) {
    const place = warning.location;
    const where = place === null ? entry : `${place.file}:${String(place.line)}:${String(place.column)}`;
    throw new Error(`bundling warns at ${where}: ${warning.text}`);
  }
  if (output === undefined) throw new Error(`bundling ${entry} gave nothing`);
  return { code: output.text, metafile: result.metafile };
}

/** Folders of the npm packages that contribute code. */
function packagesIn(...metafiles: readonly Metafile[]): readonly string[] {
  const names = metafiles
    .flatMap(metafile => Object.values(metafile.outputs))
    .flatMap(output => Object.entries(output.inputs))
    .filter(([, part]) => part.bytesInOutput > 0)
    // the last one: a package may have packages of its own below it
    .map(([file]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0])
    .filter(name => name !== undefined);
  return [...new Set(names)].sort();
}
