import { readFileSync } from 'node:fs';

// Constants that the bundler replaces by string literals. Without a bundler they do not exist.
declare const __BUILD_VERSION__: string | undefined;
declare const __BUILD_COMMIT__: string | undefined;

/** Version of the product, as package.json has it. */
export const version: string =
  typeof __BUILD_VERSION__ === 'string' ? __BUILD_VERSION__ : versionOfPackage(import.meta.url);

/**
 * Commit the program was built from: abbreviated, with `-dirty` when the working tree had changes, `unknown` when it was
 * built outside a repository, `development` when it runs from its sources.
 */
export const commit: string = typeof __BUILD_COMMIT__ === 'string' ? __BUILD_COMMIT__ : 'development';

function versionOfPackage(here: string): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', here), 'utf8'));
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
