import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { isScraperError, type ScraperError } from '../errors.ts';
import { digestOf } from '../oci/digest.ts';
import { planShipment } from '../testing/bundle.ts';
import { seededRandom } from '../testing/random.ts';
import { decodeManifest, MAX_MANIFEST_BYTES } from './decode-manifest.ts';
import { encodeManifest } from './encode-manifest.ts';
import type { BundleManifest } from './manifest.ts';

/** A document that a test spoils. Places in it are written as words: `blobs 3 size`. */
interface Spoilt {
  get(place: string): unknown;
  list(place: string): unknown[];
  set(place: string, value: unknown): void;
  remove(place: string): void;
  text(): string;
}

function spoilt(text: string): Spoilt {
  const root: unknown = JSON.parse(text);
  const walk = (keys: readonly string[]): object =>
    keys.reduce((value, key) => Reflect.get(value, key) as object, root as object);
  const split = (place: string): [object, string] => {
    const keys = place.split(' ');
    return [walk(keys.slice(0, -1)), keys.at(-1) ?? ''];
  };
  return {
    get: place => Reflect.get(...split(place)) as unknown,
    list: place => walk(place.split(' ')) as unknown[],
    set: (place, value) => {
      const [parent, key] = split(place);
      Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
    },
    remove: place => Reflect.deleteProperty(...split(place)),
    text: () => JSON.stringify(root),
  };
}

const place = 'bundle.tar';
const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;

describe('reading a bundle manifest', () => {
  let sound: string;
  before(async () => {
    sound = (await planShipment(undefined, (_, position) => position % 2 === 0)).bytes.toString();
  });

  function refused(text: string | Uint8Array): ScraperError {
    try {
      decodeManifest(typeof text === 'string' ? Buffer.from(text) : text, place);
    } catch (error) {
      assert.ok(isScraperError(error), String(error));
      assert.equal(error.details.path, place);
      assert.ok(error.details.hint);
      return error;
    }
    return assert.fail(`accepted: ${String(text).slice(0, 500)}`);
  }

  /** Spoils the document and checks what is said of it. */
  function assertRefused(spoil: (document: Spoilt) => unknown, says: RegExp): void {
    const document = spoilt(sound);
    spoil(document);
    const error = refused(document.text());
    assert.equal(error.code, 'BUNDLE_INVALID');
    assert.match(error.message, says);
  }

  test('a newer schema is told from a damaged document, and who wrote it', () => {
    const newer = refused('{"schemaVersion":2,"tool":{"name":"registry-scraper","version":"9.0.0"},"x":[]}');
    assert.equal(newer.code, 'UNSUPPORTED');
    assert.match(newer.message, /made by registry-scraper "9\.0\.0": expected schema version 1, found 2/);
    assert.match(newer.details.hint ?? '', /at least as new/);
    assert.equal(refused('{"schemaVersion":3}').code, 'UNSUPPORTED');
    for (const version of ['0', '-1', '1.5', '"2"', 'null', '[]']) {
      const error = refused(`{"schemaVersion":${version}}`);
      assert.equal(error.code, 'BUNDLE_INVALID');
      assert.match(error.message, /schemaVersion/);
    }
  });

  test('what is no JSON object is refused', () => {
    const bad = ['', '{', 'null', '[]', '"x"', `\ufeff${sound}`, sound.slice(0, -3), `${sound}{}`];
    for (const text of [...bad, Buffer.from([0x7b, 0xff, 0x7d])])
      assert.equal(refused(text).code, 'BUNDLE_INVALID');
  });

  test('it is cut at any place without being taken for whole', () => {
    for (let part = 1; part < 20; part += 1)
      assert.equal(refused(sound.slice(0, Math.floor((sound.length * part) / 20))).code, 'BUNDLE_INVALID');
  });

  test('every property must be there and of its kind', () => {
    const kinds: readonly unknown[] = [{}, 'x', -1, 1.5, 2 ** 53, true, null, [null], [[]]];
    const places: string[] = [];
    const collect = (value: unknown, path: string): void => {
      if (path !== '') places.push(path);
      if (typeof value !== 'object' || value === null) return;
      const keys = Object.keys(value).slice(0, Array.isArray(value) ? 2 : Infinity);
      for (const key of keys) collect(Reflect.get(value, key), `${path} ${key}`.trim());
    };
    collect(JSON.parse(sound), '');
    assert.ok(places.length > 80);
    const accepted: string[] = [];
    for (const path of places) {
      const attempt = (what: string, spoil: (document: Spoilt) => void): void => {
        const document = spoilt(sound);
        spoil(document);
        try {
          decodeManifest(Buffer.from(document.text()), place);
          accepted.push(`${path.replace(/sha256-\w+/, 'DIGEST').replaceAll(/ \d+\b/g, ' N')}: ${what}`);
        } catch (error) {
          assert.ok(isScraperError(error, 'BUNDLE_INVALID'), String(error));
        }
      };
      for (const kind of kinds)
        attempt(JSON.stringify(kind), it => {
          it.set(path, kind);
        });
      if (!/ \d+$/.test(path) || path.includes('tags'))
        attempt('nothing', it => {
          it.remove(path);
        });
    }
    assert.deepEqual([...new Set(accepted)].sort(), [
      'base sources N digest: null',
      'blobs N manifest: true',
      'images N mediaType: "x"',
      'images N platforms N: "x"',
      'images N referrers N artifactType: "x"',
      'images N tag: null',
      'repositories N tags DIGEST.sig: nothing',
      'repositories N tags DIGEST: nothing',
      'selection newest: null',
      'selection newestBy: "x"',
      'selection newestBy: null',
      'selection prerelease: true',
      'selection references N: "x"',
      'selection referrers: null',
      'selection semver: "x"',
      'selection semver: null',
      'selection tagRegex: "x"',
      'selection tagRegex: null',
      'tool version: "x"',
    ]);
  });

  test('the property that is wrong is named, with what was expected and found', () => {
    const cases: readonly [string, unknown, RegExp][] = [
      ['blobs 3 size', 1.5, /blobs\.3\.size: expected a whole number, found 1\.5/],
      ['blobs 3 size', '7', /blobs\.3\.size: expected number, found "7"/],
      ['blobs 3 size', -7, /blobs\.3\.size: expected 0 or more, found -7/],
      ['blobs 3 size', 1e300, /blobs\.3\.size: expected a whole number/],
      ['blobs 0 digest', 'sha256:ABC', /blobs\.0\.digest: expected a digest such as .*, found "sha256:ABC"/],
      ['blobs 0 digest', sha('g'), /blobs\.0\.digest/],
      ['blobs 0 manifest', false, /blobs\.0\.manifest/],
      [
        'repositories 0 name',
        '../x',
        /repositories\.0\.name: expected the name of a repository, found "\.\.\/x"/,
      ],
      ['repositories 0 tags a/b', sha('1'), /repositories\.0\.tags: "a\/b": expected a tag, found "a\/b"/],
      ['repositories 0 tags ..', sha('1'), /repositories\.0\.tags: "\.\."/],
      ['repositories 0 tags x', 'y', /repositories\.0\.tags: "x": expected a digest/],
      ['repositories 0 layers 0', 7, /repositories\.0\.layers\.0: expected string, found 7/],
      ['repositories 0 aliases', { x: sha('1') }, /repositories\.0\.aliases: "x"/],
      ['tool name', 'other', /tool\.name: expected "registry-scraper", found "other"/],
      ['base sources 0 kind', 'guess', /base\.sources\.0\.kind/],
    ];
    for (const [where, value, says] of cases)
      assertRefused(it => {
        it.set(where, value);
      }, says);
    assertRefused(it => {
      it.remove('blobs 3 digest');
    }, /blobs\.3\.digest: it is missing/);
  });

  test('keys that readers read differently are refused', () => {
    const twice = [
      sound.replace('"tool":', '"schemaVersion": 1, "tool":'),
      sound.replace('"size":', '"size": 1, "size":'),
      sound.replace('"size":', '"Size": 1, "size":'),
      sound.replace('"digest":', '"\\u0064igest": "x", "digest":'),
      sound.replace('"1": ', '"1": "x", "1": '),
    ];
    for (const text of twice) {
      assert.notEqual(text, sound);
      assert.match(refused(text).message, /stands twice in one object or in unusual letter case/);
    }
    for (const key of ['"__proto__"', '"\\u005f_proto__"']) {
      for (const where of ['"tool": {', '"selection": {', '{ "digest"', '"layers": [']) {
        const text = sound.replace(
          where,
          where.replace(/[{[]/, found => `${found} ${found === '{' ? `${key}: {},` : `{${key}: 1},`}`),
        );
        assert.notEqual(text, sound);
        assert.match(refused(text).message, /"__proto__" is refused/);
      }
    }
  });

  test('tags may be called what they like, and differ in letter case only', () => {
    const document = spoilt(sound);
    assert.ok(Object.hasOwn(document.get('repositories 0 tags') as object, '__proto__'));
    for (const tag of ['V1', 'v1', 'size', 'Size', 'constructor'])
      document.set(`repositories 0 tags ${tag}`, document.get('repositories 0 revisions 0'));
    const { repositories } = decodeManifest(Buffer.from(document.text()), place);
    const expected = Object.keys(document.get('repositories 0 tags') as object);
    assert.deepEqual(Object.keys(repositories[0]?.tags ?? {}).sort(), expected.sort());
    assert.equal(Object.getPrototypeOf(repositories[0]?.tags), Object.prototype);
  });

  test('properties of a later version are passed over', () => {
    const document = spoilt(sound);
    document.set('remark', { by: 'a later version' });
    document.set('blobs 0 compression', 'zstd');
    const expected = decodeManifest(Buffer.from(sound), place);
    assert.deepEqual(decodeManifest(Buffer.from(document.text()), place), expected);
  });

  test('what stands twice or out of order is refused', () => {
    const swap = (list: unknown[]): unknown => list.splice(0, 2, list[1], list[0]);
    const again = (list: unknown[]): unknown => list.push(list.at(-1));
    const cases: readonly [(list: unknown[]) => unknown, string, RegExp][] = [
      [swap, 'repositories', /repositories\.1: other is out of order/],
      [again, 'repositories', /repositories\.2: team\/app stands twice/],
      [swap, 'base blobs', /base\.blobs\.1: sha256:\w+ is out of order/],
      [again, 'base blobs', /base\.blobs\.\d+: sha256:\w+ stands twice/],
      [swap, 'repositories 0 layers', /repositories\.0\.layers\.1: sha256:\w+ is out of order/],
      [again, 'repositories 0 revisions', /repositories\.0\.revisions\.\d+: sha256:\w+ stands twice/],
      [again, 'blobs', /blobs\.\d+: sha256:\w+ stands twice/],
      [list => list.push(list.shift()), 'blobs', /blobs\.\d+: a manifest stands behind other blobs/],
    ];
    for (const [spoil, where, says] of cases) assertRefused(it => spoil(it.list(where)), says);
    assertRefused(
      it => it.list('blobs').push(it.get('base blobs 0')),
      /base\.blobs\.0: sha256:\w+ is in the bundle as well/,
    );
  });

  test('links to what nobody has, and blobs that nobody links, are refused', () => {
    const lost = /: sha256:\w+ is neither in the bundle nor left to its base/;
    const cases: readonly [(document: Spoilt) => unknown, RegExp][] = [
      [it => it.list('blobs').pop(), lost],
      [it => it.list('blobs').shift(), lost],
      [it => it.list('base blobs').pop(), lost],
      [it => it.list('blobs').push({ digest: sha('7'), size: 7 }), /blobs: no repository links sha256:7+$/],
      [
        it => {
          it.remove('blobs 0 manifest');
        },
        /blobs\.1: a manifest stands behind other blobs/,
      ],
      [
        it => it.list('repositories 1 revisions').push(it.get('base blobs 0 digest')),
        /is not marked as a manifest/,
      ],
      [
        it => {
          it.set('repositories 1 tags 1', sha('7'));
        },
        /repositories\.1\.tags\.1: sha256:7+ is no revision of the repository/,
      ],
      [
        it => {
          it.set('repositories 1 tags 1', it.get('repositories 1 tags 10'));
        },
        /images\.0\.tag: 1 of team\/app leads to sha256/,
      ],
      [
        it => {
          it.remove('repositories 1 tags 1');
        },
        /images\.0\.tag: 1 of team\/app leads to nothing/,
      ],
      [
        it => {
          it.set('images 0 repository', 'lost');
        },
        /images\.0\.repository: there is no repository lost/,
      ],
      [
        it => {
          it.set('images 0 digest', sha('7'));
        },
        /images\.0\.digest: sha256:7+ is no revision of team\/app/,
      ],
      [
        it => {
          it.set('images 0 referrers 0 subject', sha('7'));
        },
        /images\.0\.referrers: sha256:7+ is no revision of team\/app/,
      ],
      [
        it => {
          it.set('repositories 0 signatures', { [sha('7')]: [] });
        },
        /repositories\.0\.signatures\.sha256:7+: no such revision/,
      ],
      [
        it => {
          it.set(`repositories 0 aliases ${sha('7')}`, sha('8'));
        },
        /repositories\.0\.aliases\.sha256:7+: no link/,
      ],
    ];
    for (const [spoil, says] of cases) assertRefused(spoil, says);
  });

  test('totals that do not add up are refused', () => {
    for (const key of ['images', 'blobs', 'bytes', 'baseBlobs', 'baseBytes'])
      assertRefused(
        it => {
          it.set(`totals ${key}`, Number(it.get(`totals ${key}`)) + 1);
        },
        new RegExp(`totals\\.${key}: expected \\d+, found \\d+`),
      );
  });

  test('a message quotes a bounded part of what it refuses', () => {
    const long = 'x'.repeat(100_000);
    for (const where of [
      'blobs 0 digest',
      'blobs 0 size',
      `repositories 0 tags ${long}`,
      'repositories 0 name',
    ]) {
      const document = spoilt(sound);
      document.set(where, long);
      assert.ok(refused(document.text()).message.length < 400);
    }
    assert.ok(refused(`{"schemaVersion":1,"${long}":1,"${long}":2}`).message.length < 400);
  });

  test('one of more than 256 MiB is refused before it is looked at', () => {
    const error = refused(new Uint8Array(MAX_MANIFEST_BYTES + 1));
    assert.match(error.message, /expected at most 268435456 bytes, found 268435457/);
  });

  test('nesting as deep as it may be breaks nothing', () => {
    refused(`{"schemaVersion":1,"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    refused(`{"schemaVersion":1,"\\u0061":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`);
  });

  test('a hundred thousand blobs are read within seconds', () => {
    const bytes = encodeManifest(largeManifest(100_000));
    const start = performance.now();
    const manifest = decodeManifest(bytes, place);
    assert.equal(manifest.blobs.length, 100_000);
    assert.ok(performance.now() - start < 10_000);
  });
});

/** Blobs of which one in ten is a manifest, in a hundred repositories. */
function largeManifest(count: number): BundleManifest {
  const random = seededRandom('large');
  const digests = Array.from({ length: count }, () => digestOf('sha256', random.hex(64)));
  const manifests = digests.slice(0, count / 10);
  const layers = digests.slice(count / 10);
  const share = <T>(all: readonly T[], position: number): readonly T[] =>
    all.slice((all.length * position) / 100, (all.length * (position + 1)) / 100);
  return {
    schemaVersion: 1,
    tool: { name: 'registry-scraper', version: '1' },
    selection: {
      ...{ references: ['**'], from: [], exclude: [], tagRegex: null, semver: null, prerelease: false },
      ...{ newest: null, newestBy: null, platforms: [], referrers: null, rename: [] },
    },
    images: [],
    repositories: Array.from({ length: 100 }, (_, position) => ({
      name: `team/app-${String(position).padStart(3, '0')}`,
      tags: Object.fromEntries(
        share(manifests, position).map((digest, number) => [`v${String(number)}`, digest]),
      ),
      revisions: share(manifests, position),
      layers: [...share(layers, position)].sort(),
    })),
    blobs: digests.map((digest, position) => ({
      digest,
      size: 1000,
      ...(position < count / 10 && { manifest: true }),
    })),
    base: null,
    totals: { images: 0, blobs: count, bytes: count * 1000, baseBlobs: 0, baseBytes: 0 },
  };
}
