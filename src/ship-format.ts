import type { ArchiveItem } from './archive/item.ts';
import { againstOutput, formattedItems, type Format, type FormattedPlan } from './bundle/format.ts';
import { formatPlan } from './bundle/formats.ts';
import { MAX_INDEX_BYTES, readLayoutIndex, type ExistingIndex } from './bundle/oci-index.ts';
import { LAYOUT_INDEX_PATH } from './bundle/oci-layout.ts';
import { copyPlan, type CopyOptions } from './copy.ts';
import type { CarryContext, Output, ShapedPlan } from './output.ts';
import type { Plan } from './plan.ts';
import { checkSpace } from './prepare.ts';
import { carryItems, type ShipOptions } from './ship.ts';
import type { Sink } from './sink/sink.ts';
import { surveyOutput } from './sink/survey.ts';

/** An output that is laid out otherwise than a registry. */
export interface FormatOutput extends Output {
  shape(plan: Plan, context: CarryContext): Promise<ShapedPlan>;
}

/** An archive in another format: all of it or nothing. */
export function formatArchive(format: Format, write: ShipOptions['write']): FormatOutput {
  return formatOutput(
    (plan, { driver, signal }) => formatPlan({ format, plan, driver, signal }),
    (formatted, { driver, signal, observer }) => {
      const items: Iterable<ArchiveItem> = formattedItems(formatted, driver);
      const context = { signal, onBytes: (count: number) => observer.onBytes?.(count) };
      return carryItems(formatted.plan, () => write(items, context));
    },
  );
}

/** An OCI image layout in a directory. What it holds already is kept, and not written again. */
export function layoutDirectory(
  sink: Sink,
  options: Pick<CopyOptions, 'keepGoing' | 'verifyExisting'>,
): FormatOutput {
  return formatOutput(
    async (plan, { driver, signal }) => {
      const existing = await existingIndex(sink);
      const formatted = await formatPlan({
        format: 'oci',
        plan,
        driver,
        signal,
        ...(existing && { existing }),
      });
      const files = formatted.plan.blobs.map(blob => blob.path);
      const { sizes } = await surveyOutput(sink, { files, links: [], directories: [] });
      return againstOutput(formatted, sizes);
    },
    async ({ plan, closing }, context) => {
      await checkSpace(sink, plan);
      return copyPlan({ ...options, ...context, sink, plan, closing });
    },
  );
}

async function existingIndex(sink: Sink): Promise<ExistingIndex | undefined> {
  const bytes = await sink.read(LAYOUT_INDEX_PATH, MAX_INDEX_BYTES);
  return bytes && readLayoutIndex(bytes, `${LAYOUT_INDEX_PATH} in ${sink.name}`);
}

function formatOutput(
  shape: (plan: Plan, context: CarryContext) => Promise<FormattedPlan>,
  carry: (formatted: FormattedPlan, context: CarryContext) => ReturnType<Output['carry']>,
): FormatOutput {
  const shaped = new WeakMap<Plan, FormattedPlan>();
  return {
    async shape(plan, context) {
      const formatted = await shape(plan, context);
      shaped.set(formatted.plan, formatted);
      return formatted;
    },
    carry(plan, context) {
      const formatted = shaped.get(plan);
      if (!formatted) throw new TypeError('the plan was not shaped for this output');
      return carry(formatted, context);
    },
  };
}
