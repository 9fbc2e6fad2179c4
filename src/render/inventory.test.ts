import assert from 'node:assert/strict';
import { test } from 'node:test';
import pc from 'picocolors';
import { renderInventory } from './inventory.ts';

const colors = pc.createColors(false);
const summary = { repositories: 1, tags: 12_345, blobs: 200_000, bytes: 5e12, fileBytes: 6_600_000 };

test('says what was found, how large the file is, and how to go on', () => {
  assert.equal(
    renderInventory(summary, '/mnt/stick/site.inv', { colors, width: undefined }),
    [
      'Wrote the inventory to /mnt/stick/site.inv: 6.6 MB',
      '  200,000 blobs, 5 TB',
      '  12,345 tags in 1 repository',
      '',
      'Next',
      '  take it to the registry that is to be shipped from; there, ship what is missing here:',
      '  registry-scraper scrape REFERENCE... -o delta.tar --base site.inv',
      '',
    ].join('\n'),
  );
});

test('the command can be pasted, whatever the file is called and however narrow the terminal is', () => {
  const text = renderInventory(summary, 'our site\x1b[2J.inv', { colors, width: 40 });
  assert.ok(!text.includes('\x1b'));
  assert.match(text, /-o delta\.tar \\\n {4}--base 'our site\\x1b\[2J\.inv'\n$/);
  assert.match(
    renderInventory(summary, undefined, { colors, width: 80 }),
    /^Wrote the inventory to standard output/,
  );
});
