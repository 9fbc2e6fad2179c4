import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaTypes } from '../testing/media-types.ts';
import { shortMediaType } from './media-type.ts';

test('media types are said in few words', () => {
  const { oci, docker } = mediaTypes;
  const cases: [mediaType: string, short: string][] = [
    [oci.index, 'OCI index'],
    [oci.manifest, 'OCI manifest'],
    [oci.config, 'OCI config'],
    [oci.layer.none, 'tar'],
    [oci.layer.zstd, 'tar+zstd'],
    [oci.foreignLayer.gzip, 'foreign tar+gzip'],
    [docker.index, 'Docker manifest list'],
    [docker.manifest, 'Docker manifest'],
    [docker.config, 'Docker config'],
    [docker.layer.gzip, 'tar.gzip'],
    [docker.foreignLayer.gzip, 'foreign tar.gzip'],
    [mediaTypes.signedSchema1, 'Docker schema1'],
    [mediaTypes.empty, 'empty'],
    [mediaTypes.inToto, 'in-toto+json'],
    [mediaTypes.helmConfig, 'cncf.helm.config.v1+json'],
    ['application/spdx+json', 'spdx+json'],
    ['text/plain', 'text/plain'],
    ['', ''],
  ];
  for (const [mediaType, short] of cases) assert.equal(shortMediaType(mediaType), short);
});
