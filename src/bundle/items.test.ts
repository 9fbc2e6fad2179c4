import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ArchiveItem } from '../archive/item.ts';
import { isDigest, type Digest } from '../oci/digest.ts';
import { childrenOf, parseManifest } from '../oci/manifest.ts';
import { parsePath } from '../registry/layout.ts';
import { planShipment, type PlannedShipment } from '../testing/bundle.ts';
import { gather } from '../testing/gather.ts';
import { scrapeTree } from '../testing/scrape.ts';
import { listTree } from '../testing/tree.ts';
import { announced } from './announced.ts';
import { bundleItems } from './items.ts';
import { MANIFEST_PATH, SIGNATURE_PATH } from './manifest.ts';

const itemsOf = ({ plan, registry, bytes }: PlannedShipment, signature?: Uint8Array): ArchiveItem[] => [
  ...bundleItems({ plan, driver: registry.driver(), manifest: bytes, ...(signature && { signature }) }),
];
const pathOf = (item: ArchiveItem): string => (item.kind === 'blob' ? item.blob.path : item.path);

async function contentOf(item: ArchiveItem): Promise<Uint8Array> {
  if (item.kind === 'directory') return new Uint8Array();
  return item.kind === 'file' ? item.content : Buffer.concat(await gather(item.blob.stream()));
}

describe('the entries of a bundle', () => {
  test('they are what the manifest announces, and unpacked they are a registry', async () => {
    const shipment = await planShipment();
    const check = announced(shipment.manifest, 'bundle');
    const unpacked = new Map<string, Uint8Array | 'directory'>();
    for (const item of itemsOf(shipment, Buffer.alloc(64))) {
      const content = await contentOf(item);
      check.take(pathOf(item), item.kind === 'directory' ? 'directory' : 'file', content.length);
      unpacked.set(pathOf(item), item.kind === 'directory' ? 'directory' : content);
    }
    assert.deepEqual([...check.missing()], []);
    const expected = (await scrapeTree(shipment.registry, shipment.references, { referrers: {} })).listing;
    unpacked.delete(MANIFEST_PATH);
    unpacked.delete(SIGNATURE_PATH);
    assert.deepEqual(listTree(unpacked), expected);
  });

  test('the manifest comes first and its signature next, if there is one', async () => {
    const shipment = await planShipment();
    const signature = Buffer.from('signed');
    const [manifest, second, third] = itemsOf(shipment, signature);
    assert.deepEqual(manifest, { kind: 'file', path: MANIFEST_PATH, content: shipment.bytes });
    assert.deepEqual(second, { kind: 'file', path: SIGNATURE_PATH, content: signature });
    assert.equal(third?.kind, 'blob');
    assert.equal(itemsOf(shipment)[1]?.kind, 'blob');
  });

  test('wherever it is cut, it names nothing that is missing', async () => {
    const shipment = await planShipment(undefined, (_, position) => position % 3 === 0);
    const blobs = new Set<string>(
      shipment.plan.blobs.filter(blob => blob.inBase).flatMap(blob => blob.digests),
    );
    const manifests = new Map<string, Uint8Array>();
    const linked = new Set<string>();
    const histories = new Set<string>();
    let tags = 0;
    for (const item of itemsOf(shipment)) {
      if (item.kind === 'blob') {
        for (const digest of item.blob.digests) blobs.add(digest);
        const [stored = ''] = item.blob.digests;
        manifests.set(stored, await contentOf(item));
        continue;
      }
      const spec = parsePath(pathOf(item));
      const target = Buffer.from(await contentOf(item)).toString() as Digest;
      if (item.kind === 'directory' || !spec || !('repository' in spec)) continue;
      assert.ok(isDigest(target));
      assert.ok(blobs.has(target), `${pathOf(item)} leads to what is missing`);
      switch (spec.kind) {
        case 'layerLink':
        case 'signatureLink':
          linked.add(`${spec.repository} ${spec.digest}`);
          break;
        case 'revisionLink': {
          const manifest = parseManifest(manifests.get(target) ?? assert.fail());
          for (const { descriptor } of childrenOf(manifest)) {
            assert.ok(blobs.has(descriptor.digest));
            assert.ok(
              linked.has(`${spec.repository} ${descriptor.digest}`),
              `${pathOf(item)} names what is not linked`,
            );
          }
          linked.add(`${spec.repository} ${spec.digest}`);
          break;
        }
        case 'tagLink':
          assert.ok(linked.has(`${spec.repository} ${target}`), `${pathOf(item)} leads to no revision`);
          histories.add(`${spec.repository} ${spec.tag}`);
          tags += 1;
          break;
        case 'tagHistoryLink':
          assert.ok(
            histories.has(`${spec.repository} ${spec.tag}`),
            'a history without its tag is a tag that leads nowhere',
          );
          break;
        default:
          assert.fail(pathOf(item));
      }
    }
    assert.ok(tags >= shipment.plan.images.filter(image => image.tag !== null).length);
  });

  test('what is left to the base is not in it, but all links and manifests are', async () => {
    const whole = await planShipment();
    const part = await planShipment(undefined, () => true);
    const left = new Set(part.plan.blobs.filter(blob => blob.inBase).map(blob => blob.path));
    assert.ok(left.size > 5);
    const paths = itemsOf(part).map(pathOf);
    assert.deepEqual(
      paths,
      itemsOf(whole)
        .map(pathOf)
        .filter(path => !left.has(path)),
    );
    assert.ok(part.manifest.blobs.every(blob => blob.manifest));
  });
});
