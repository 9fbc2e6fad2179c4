/** Words that media types of registries are full of, and what is left of them for people. */
const shorter: readonly (readonly [RegExp, string])[] = [
  [/^application\/vnd\.oci\.image\.(manifest|index|config)\.v1\+json$/, 'OCI $1'],
  [/^application\/vnd\.docker\.distribution\.manifest\.v2\+json$/, 'Docker manifest'],
  [/^application\/vnd\.docker\.distribution\.manifest\.list\.v2\+json$/, 'Docker manifest list'],
  [/^application\/vnd\.docker\.distribution\.manifest\.v1\+(json|prettyjws)$/, 'Docker schema1'],
  [/^application\/vnd\.docker\.container\.image\.v1\+json$/, 'Docker config'],
  [/^application\/vnd\.oci\.image\.layer\.nondistributable\.v1\.(.+)$/, 'foreign $1'],
  [/^application\/vnd\.oci\.image\.layer\.v1\.(.+)$/, '$1'],
  [/^application\/vnd\.docker\.image\.rootfs\.foreign\.diff\.(.+)$/, 'foreign $1'],
  [/^application\/vnd\.docker\.image\.rootfs\.diff\.(.+)$/, '$1'],
  [/^application\/vnd\.oci\.empty\.v1\+json$/, 'empty'],
  [/^application\/vnd\./, ''],
  [/^application\//, ''],
];

/** A media type as people say it: `OCI index`, `Docker manifest`, `tar+gzip`; others lose what all of them begin with. */
export function shortMediaType(mediaType: string): string {
  const [pattern, replacement] = shorter.find(([pattern]) => pattern.test(mediaType)) ?? [/^$/, ''];
  return mediaType.replace(pattern, replacement);
}
