import { run } from './lib/command.ts';
import { root } from './lib/project.ts';

/** ESLint with typed rules, then the formatting. A warning counts as much as an error. */
const checks = [
  [
    'node_modules/eslint/bin/eslint.js',
    '--config',
    'scripts/eslint.config.js',
    '--max-warnings=0',
    'src',
    'scripts',
  ],
  ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', 'src', 'scripts'],
] as const;

let failed = false;
for (const check of checks) {
  const result = await run(process.execPath, check, { cwd: root, output: 'inherit' });
  failed ||= result.status !== 0;
}
process.exitCode = failed ? 1 : 0;
