import { Builders, Factories, Utils } from '@cyclonedx/cyclonedx-library/Contrib/FromNodePackageJson';
import { Factories as LicenseFactories } from '@cyclonedx/cyclonedx-library/Contrib/License';
import { ComponentType, HashAlgorithm, LifecyclePhase } from '@cyclonedx/cyclonedx-library/Enums';
import {
  Bom,
  Component,
  ExternalReferenceRepository,
  HashDictionary,
} from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PackageURL } from 'packageurl-js';
import { isObject, readJsonObject, root } from '../lib/project.ts';
import type { Bundle } from './bundle.ts';
import type { Platform } from './platforms.ts';

export interface SbomInput {
  readonly program: Bundle;
  /** The platforms that binaries are made for: each brings its Node along. */
  readonly platforms: readonly Platform[];
}

/**
 * What is in the bundle and in the binaries, as a CycloneDX 1.6 document. The same content gives the same bytes: it has no
 * time and no serial number.
 * @throws Error for a package that the lock file does not have
 */
export function sbom({ program, platforms }: SbomInput): string {
  const locked = readJsonObject(join(root, 'package-lock.json'))['packages'];
  const integrityOf = (folder: string): string => {
    const entry: unknown = isObject(locked) ? locked[folder] : undefined;
    const integrity = isObject(entry) ? entry['integrity'] : undefined;
    if (typeof integrity !== 'string') throw new Error(`package-lock.json has no integrity for ${folder}`);
    return integrity;
  };
  const self = fromManifest(join(root, 'package.json'), ComponentType.Application);
  const sha256 = createHash('sha256').update(program.code).digest('hex');
  self.hashes = new HashDictionary([[HashAlgorithm['SHA-256'], sha256]]);
  const parts = [
    ...program.packages.map(folder => bundled(folder, integrityOf(folder))),
    ...platforms.map(runtime),
  ];
  for (const part of parts) self.dependencies.add(part.bomRef);
  const bom = new Bom();
  bom.metadata.component = self;
  bom.metadata.lifecycles.add(LifecyclePhase.Build);
  for (const part of parts) bom.components.add(part);
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** A package whose code is in the bundle. */
function bundled(folder: string, integrity: string): Component {
  const component = fromManifest(join(root, folder, 'package.json'), ComponentType.Library);
  component.purl = purlOf([component.group, component.name], component.version);
  component.hashes = new HashDictionary([Utils.parsePackageIntegrity(integrity)]);
  return component;
}

/** The Node that a platform's binary is made of. The hash is that of the package it comes in, by which the build proves it. */
function runtime({ name, base }: Platform): Component {
  const component = new Component(ComponentType.Platform, 'node', {
    bomRef: `node@${base.version}#${name}`,
    version: base.version,
    description: `the Node.js in the binary for ${name}`,
    purl: purlOf([undefined, base.name], base.version),
    cpe: `cpe:2.3:a:nodejs:node.js:${base.version}:*:*:*:*:*:*:*`,
    hashes: new HashDictionary([Utils.parsePackageIntegrity(base.integrity)]),
  });
  component.licenses.add(licences.makeFromString('MIT'));
  return component;
}

const licences = new LicenseFactories.LicenseFactory(() => {
  throw new Error('no package here has a licence that is an expression');
});

function fromManifest(file: string, type: ComponentType): Component {
  const builder = new Builders.ComponentBuilder(new Factories.ExternalReferenceFactory(), licences);
  const component = builder.makeComponent(readJsonObject(file), type);
  if (component?.version === undefined) throw new Error(`${file} has no name and version`);
  const { group, name, version } = component;
  component.bomRef.value = `${group === undefined ? '' : `${group}/`}${name}@${version}`;
  // where a package is developed says nothing about what is in the binary, and may change without it
  component.externalReferences = new ExternalReferenceRepository();
  component.properties.clear();
  return component;
}

function purlOf([group, name]: readonly [string | undefined, string], version: string | undefined): string {
  return new PackageURL('npm', group, name, version, undefined, undefined).toString();
}
