import { formatPlan, type FormatInput } from '../bundle/formats.ts';
import type { FormattedPlan } from '../bundle/format.ts';
import type { Output } from '../output.ts';
import type { Report } from '../report.ts';
import { scrape, type ScrapeOptions } from '../scrape.ts';
import { planWithReferrers } from './bundle.ts';
import type { RegistryBuilder } from './registry.ts';
import { selectionOf, type MemoryScrapeSettings } from './scrape.ts';

/** What these images are in another format. */
export async function formatted(
  format: FormatInput['format'],
  registry: RegistryBuilder,
  references: readonly string[],
  { existing, ...settings }: MemoryScrapeSettings & Pick<FormatInput, 'existing'> = {},
): Promise<FormattedPlan> {
  const plan = await planWithReferrers(registry, references, settings);
  const signal = new AbortController().signal;
  return formatPlan({ format, plan, driver: registry.driver(), signal, ...(existing && { existing }) });
}

/** A plain call of the program with all that belongs to the images, into any output. */
export function scrapeInto(
  output: Output,
  registry: Pick<RegistryBuilder, 'driver'>,
  references: readonly string[],
  settings: Partial<ScrapeOptions> = {},
): Promise<Report> {
  return scrape({
    ...{ platforms: [], referrers: {}, dryRun: false, keepGoing: false },
    rename: repository => repository,
    driver: registry.driver(),
    signal: new AbortController().signal,
    observer: {},
    now: () => 0,
    ...settings,
    selection: selectionOf(references),
    output,
  });
}
