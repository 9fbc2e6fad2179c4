import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProject } from './build/project-build.ts';
import { platforms } from './build/platforms.ts';
import { explain } from './lib/log.ts';
import { exitOnSignals } from './lib/scratch.ts';

const usage = `npm run build                          bundle, and the binary for this machine
npm run build -- --all                 the binaries for all platforms, with a compressed copy of each
npm run build -- linux-arm64 win-x64   the binaries for these platforms
npm run build -- --compress            a compressed copy of each as well
npm run build -- --out FOLDER          into another folder than dist
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      compress: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  await buildProject({
    platforms: values.all ? platforms().map(platform => platform.name) : positionals,
    compress: values.all || values.compress,
    ...(values.out !== undefined && { folder: resolve(values.out) }),
    log: line => {
      console.log(line);
    },
  });
}

exitOnSignals();
try {
  await main();
} catch (error) {
  console.error(`The build failed: ${explain(error)}`);
  process.exitCode = 1;
}
