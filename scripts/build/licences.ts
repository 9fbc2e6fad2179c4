import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonObject, root } from '../lib/project.ts';
import { hostPlatformName, platforms } from './platforms.ts';

/**
 * The licences of everything a binary contains: this program, the packages bundled with it, and Node.
 * @param packages folders of the packages, as the lock file calls them
 */
export async function licences(packages: readonly string[]): Promise<string> {
  const node = platforms().find(platform => platform.name === hostPlatformName())?.base.name;
  const parts: string[] = [section('registry-scraper', await readFile(join(root, 'LICENSE'), 'utf8'))];
  for (const folder of packages) {
    const title = String(readJsonObject(join(root, folder, 'package.json'))['name']);
    parts.push(section(title, await licenceIn(join(root, folder))));
  }
  if (node !== undefined) {
    const folder = join(root, 'node_modules', node);
    if (existsSync(folder)) parts.push(section('Node.js and what it contains', await licenceIn(folder)));
  }
  return parts.join('\n');
}

function section(title: string, text: string): string {
  return `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n${text.trim()}\n`;
}

/** The package's own licence text; else what its manifest says. */
async function licenceIn(folder: string): Promise<string> {
  const file = (await readdir(folder)).find(name => /^licen[cs]e/i.test(name));
  if (file !== undefined) return await readFile(join(folder, file), 'utf8');
  const { license, author } = readJsonObject(join(folder, 'package.json'));
  return `Licence: ${JSON.stringify(license ?? 'not stated')}, author: ${JSON.stringify(author ?? 'not stated')}`;
}
