import { takeOther } from './other.ts';
import type { Findings } from './findings.ts';
import { addReference, imageText } from './image.ts';
import { all, descend, itemsOf, textOf, type Mapping, type Node } from './node.ts';
import { quote } from './place.ts';

interface Workload {
  /** API groups it is or was in; the empty one is the core group. */
  readonly groups: readonly string[];
  /** Where its pod's specification stands. */
  readonly path: readonly string[];
}

const template = ['spec', 'template', 'spec'];
const apps: Workload = { groups: ['apps', 'extensions'], path: template };

/** The kinds of Kubernetes' own API that run containers. */
const workloads: ReadonlyMap<string, Workload> = new Map([
  ['Pod', { groups: [''], path: ['spec'] }],
  ['PodTemplate', { groups: [''], path: ['template', 'spec'] }],
  ['ReplicationController', { groups: [''], path: template }],
  ['ReplicaSet', apps],
  ['Deployment', apps],
  ['StatefulSet', apps],
  ['DaemonSet', apps],
  ['Job', { groups: ['batch'], path: template }],
  ['CronJob', { groups: ['batch'], path: ['spec', 'jobTemplate', ...template] }],
]);

/** Free content or schemas, where a field named `image` is no image. */
const imageless: ReadonlySet<string> = new Set(['ConfigMap', 'Secret', 'CustomResourceDefinition']);

export function isKubernetes(node: Mapping): boolean {
  return textOf(node, 'apiVersion') !== undefined && textOf(node, 'kind') !== undefined;
}

/** The images of an object, or of all objects of a list. What is being run (`status`) does not count, only what is asked for. */
export function takeKubernetes(findings: Findings, object: Mapping): void {
  takeObject(findings, object, textOf(object, 'apiVersion') ?? '', textOf(object, 'kind') ?? '');
}

function takeObject(findings: Findings, object: Mapping, apiVersion: string, kind: string): void {
  if (kind.endsWith('List') && all(object, 'items').length > 0) {
    for (const item of itemsOf(object, 'items')) {
      if (item.kind !== 'map') continue;
      // Items of a list of one kind need not repeat it.
      const itemVersion = textOf(item, 'apiVersion') ?? apiVersion;
      takeObject(findings, item, itemVersion, textOf(item, 'kind') ?? kind.slice(0, -'List'.length));
    }
    return;
  }
  if (imageless.has(kind)) return;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const name = all(object, 'metadata').map(metadata => textOf(metadata, 'name'))[0];
  const called = name === undefined ? kind : `${kind} ${name}`;
  const workload = workloads.get(kind);
  if (workload?.groups.includes(group) === true) {
    for (const pod of descend(object, workload.path)) takePod(findings, pod, called);
    return;
  }
  takeOther(findings, object, {
    what: `${quote(called)} is of no kind that is known to run containers`,
    without: ['metadata', 'status'],
    // Argo's workflows have templates of their own, filled in when they run.
    templates: group === 'argoproj.io' ? 'skip' : 'fail',
  });
}

function takePod(findings: Findings, pod: Node, called: string): void {
  for (const key of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of itemsOf(pod, key)) {
      const images = all(container, 'image').map(node => take(findings, node));
      if (images.includes(true)) continue;
      const name = textOf(container, 'name') ?? '';
      findings.skip(container.line, `container ${quote(name)} of ${quote(called)} names no image`);
    }
  }
  for (const volume of itemsOf(pod, 'volumes')) {
    for (const reference of descend(volume, ['image', 'reference'])) take(findings, reference);
  }
}

/** Whether there was an image. */
function take(findings: Findings, node: Node): boolean {
  const image = imageText(findings, node);
  if (image !== undefined) addReference(findings, image.text, image.line);
  return image !== undefined;
}
