import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Top folder of the project. */
export const root: string = join(import.meta.dirname, '..', '..');

/** Where built files go. */
export const distFolder: string = join(root, 'dist');

/** Where downloads and intermediate results are kept between builds; goes away with node_modules. */
export const cacheFolder: string = join(root, 'node_modules', '.cache', 'registry-scraper');

/** A JSON file of the project that is an object. */
export function readJsonObject(file: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isObject(value)) throw new Error(`${file} does not hold a JSON object`);
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
