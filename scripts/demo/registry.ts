import { buildRegistry } from '../../src/testing/registry.ts';
import type { RegistryBuilder } from '../../src/testing/registry.ts';

const MiB = 2 ** 20;

/** What the demonstration ships. */
export const shipped = ['team/web:1.4', 'team/api:2.1', 'charts/web:1.4.0'] as const;

/**
 * A registry as a small team has it: a base image for two platforms, services built on it, several versions of each, a
 * Helm chart, a signature, and what piles up over time: a moved tag, an upload that broke off, a blob nobody needs.
 */
export function teamRegistry(): RegistryBuilder {
  const registry = buildRegistry('demonstration');
  const layer = (path: string, size: number) => ({
    content: { files: { [path]: registry.random.bytes(size) } },
  });
  // Not compressed: random bytes would only get longer, and slowly.
  const compression = 'none';
  const platforms = ['linux/amd64', 'linux/arm64'] as const;

  const base = registry.repository('base/debian');
  const bases = platforms.map(platform =>
    base.image({ platform, compression, layers: [layer('usr/lib/base', 24 * MiB)] }),
  );
  base.index(bases, { tag: '12' });

  /** A service's image for both platforms, on top of the base image's layer. */
  function service(name: string, tag: string, size: number) {
    const repository = registry.repository(name);
    const images = platforms.map((platform, index) => {
      const below = bases[index]?.layers ?? [];
      return repository.image({
        platform,
        compression,
        layers: [...below, layer('srv/app', size), layer('etc/app.conf', 2_000)],
      });
    });
    return repository.index(images, { tag });
  }

  service('team/web', '1.3', 15 * MiB);
  const web = service('team/web', '1.4', 16 * MiB);
  registry.repository('team/web').tag('latest', web);
  registry.repository('team/web').signature(web);
  service('team/api', '2.0', 8 * MiB);
  service('team/api', '2.1', 8 * MiB);
  registry.repository('team/api').tag('latest', service('team/api', '2.2-rc1', 9 * MiB));

  const charts = registry.repository('charts/web');
  charts.chart({ tag: '1.3.0' });
  charts.chart({ tag: '1.4.0' });

  registry.repository('team/api').abortedUpload(MiB);
  registry.orphan(2 * MiB);
  return registry;
}
