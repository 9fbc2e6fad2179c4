import { missingRequirements } from '../../src/testing/requirements.ts';
import type { Log } from '../lib/log.ts';
import { canInstall, install } from './debian.ts';
import { needs } from './needs.ts';

/** Installs what the end-to-end tests need where that is possible, and says loudly what is still missing after that. */
export async function prepareEndToEnd(log: Log): Promise<void> {
  const packages = [...new Set(missing().flatMap(one => one.packages))];
  if (packages.length > 0 && canInstall()) await install(packages, log);
  const left = missing();
  if (left.length === 0) return;
  const cure = [...new Set(left.flatMap(one => one.packages))];
  const lines = [
    `The machine lacks ${left.length} of the things that end-to-end tests need. Tests that need them are SKIPPED:`,
    ...left.map(one => `  ${one.name}: ${needs[one.name] ?? 'needed'}`),
    cure.length === 0 ? '' : `On Debian, as root: apt-get install ${cure.join(' ')}`,
  ];
  for (const line of lines) if (line !== '') log(`!! ${line}`);
}

function missing(): ReturnType<typeof missingRequirements> {
  return missingRequirements(Object.keys(needs));
}
