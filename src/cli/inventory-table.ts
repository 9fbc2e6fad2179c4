import { archiveOptions } from './archive-options.ts';
import { dataDir, output } from './general-options.ts';
import type { CommandSpec } from './spec.ts';

/** Writes down what a registry has. */
export const inventoryCommand: CommandSpec = {
  name: 'inventory',
  summary: 'write down which blobs and tags a registry has',
  usage: 'inventory [-d DIR] -o FILE|- [options]',
  options: [dataDir, output, ...archiveOptions.filter(({ key }) => key === 'force')],
  wording: {
    output: { value: 'FILE', summary: 'a file; - for stdout' },
    force: { summary: 'replace a file that is there', section: 'common' },
  },
  examples: [
    ['at the site that is to be shipped to', 'inventory -o site.inv'],
    ['straight to where the images are', "inventory -o - | ssh depot 'cat > site.inv'"],
    ['there, ship only what the site lacks', "'team/**:*' --base site.inv -o delta.tar"],
    ['for scripts', 'inventory -o site.inv --json | jq .totals.blobs'],
  ],
  notes: [
    'An inventory holds the digests and sizes of all blobs, and the tags with their',
    'digests; no contents, times, host names or paths. Of the same registry it always',
    'has the same bytes. Blobs are not read: for that there is verify. What cannot be',
    'a whole blob is left out, and so are tags whose links are damaged. The registry',
    'may run meanwhile.',
  ],
};
