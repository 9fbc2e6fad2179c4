import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf, failureOf, readList, warningsOf } from '../../testing/lists.ts';
import { helmSample, kubectlSample, type SampleList } from '../../testing/sample-lists.ts';

const samples: Readonly<Record<string, SampleList>> = {
  'helm template prints': helmSample,
  'kubectl get -o json prints': kubectlSample,
};

for (const [what, { text, images }] of Object.entries(samples)) {
  test(`every image is found in what ${what}, with its line`, async () => {
    const { entries } = await readList(text);
    assert.deepEqual(
      entries.map(entry => entry.text),
      images,
    );
    const lines = text.split('\n');
    for (const { text: image, origin } of entries)
      assert.ok(lines[(origin?.line ?? 0) - 1]?.includes(image), image);
  });
}

test('what is taken out of custom resources is noted once for each', async () => {
  assert.deepEqual(await warningsOf(helmSample.text), [
    `LIST_ASSUMED list:112: "Prometheus k8s" is of no kind that is known to run containers; taken as an image: ` +
      'quay.io/prometheus/prometheus:v2.54.1 (spec.image), ' +
      'quay.io/oauth2-proxy/oauth2-proxy:v7.7.1 (spec.containers[0].image), ' +
      'quay.io/thanos/thanos:v0.36.1 (spec.thanos.image)',
  ]);
});

const pod = '{ containers: [{ name: c, image: IMAGE }] }';
const workloads: Readonly<Record<string, string>> = {
  'v1 Pod': `spec: ${pod}`,
  'v1 PodTemplate': `template: { spec: ${pod} }`,
  'v1 ReplicationController': `spec: { template: { spec: ${pod} } }`,
  'apps/v1 ReplicaSet': `spec: { template: { spec: ${pod} } }`,
  'apps/v1 Deployment': `spec: { template: { spec: ${pod} } }`,
  'extensions/v1beta1 Deployment': `spec: { template: { spec: ${pod} } }`,
  'apps/v1 StatefulSet': `spec: { template: { spec: ${pod} } }`,
  'apps/v1 DaemonSet': `spec: { template: { spec: ${pod} } }`,
  'batch/v1 Job': `spec: { template: { spec: ${pod} } }`,
  'batch/v1beta1 CronJob': `spec: { jobTemplate: { spec: { template: { spec: ${pod} } } } }`,
};

for (const [name, spec] of Object.entries(workloads)) {
  const [apiVersion = '', kind = ''] = name.split(' ');
  const object = (image: string): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: x }\n${spec.replace('IMAGE', image)}\n`;

  test(`${name} is known: only its pod counts, and nothing is a guess`, async () => {
    const text = `${object('a:1')}status: { image: b:1 }\nimage: c:1\n`;
    assert.deepEqual(await entriesOf(text), ['4 a:1']);
    assert.deepEqual(await warningsOf(text), []);
  });

  test(`${name} without an image is noted, it may get one elsewhere`, async () => {
    const text = `${object('""')}---\n${object('null')}---\n- a:1`;
    assert.deepEqual(await warningsOf(text), [
      `LIST_SKIPPED list:4: container "c" of "${kind} x" names no image`,
      `LIST_SKIPPED list:9: container "c" of "${kind} x" names no image`,
    ]);
  });
}

test('a list of one kind need not repeat it, and lists may nest', async () => {
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'PodList',
    items: [
      { spec: { containers: [{ image: 'a:1' }] } },
      {
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'Pod', spec: { initContainers: [{ image: 'b:1' }] } }],
      },
      'junk',
      null,
    ],
  });
  assert.deepEqual(await entriesOf(text), ['1 a:1', '1 b:1']);
});

test('a kind of the same name from another API is a custom resource', async () => {
  const text = `apiVersion: batch.volcano.sh/v1alpha1
kind: Job
metadata: { name: train }
spec:
  tasks:
    - template: { spec: { containers: [{ image: trainer:1 }] } }
`;
  assert.deepEqual(await entriesOf(text), ['6 trainer:1']);
  assert.deepEqual(await warningsOf(text), [
    'LIST_ASSUMED list:1: "Job train" is of no kind that is known to run containers; taken as an image: ' +
      'trainer:1 (spec.tasks[0].template.spec.containers[0].image)',
  ]);
});

test('a field named image that cannot be one is told and left out', async () => {
  const text = `apiVersion: example.com/v1
kind: Page
metadata: { name: home }
spec:
  image: https://example.com/Logo.png
  hero: { image: }
  side: { image: { repository: team/app, tag: "1" } }
  items: [{ image: { name: x } }, { image: team/app:1 }]
  images: [team/b:1, { name: team/c }]
`;
  assert.deepEqual(await entriesOf(text), ['8 team/app:1', '9 team/b:1']);
  const warnings = await warningsOf(text);
  assert.match(warnings[1] ?? '', /^LIST_SKIPPED list:5: "spec.image" is no reference: "https:/);
  assert.match(warnings[2] ?? '', /^LIST_SKIPPED list:7: "spec.side.image" is put together by something/);
  assert.equal(warnings.length, 3);
});

test('schemas and free content are no place for images, and need not even be YAML', async () => {
  const text = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec: { image: a:1 }
---
apiVersion: v1
kind: "Secret" # comment
data: { image: b:1
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ConfigMap, data: { image: c:1 } }
---
apiVersion: v1
kind: Pod
spec: { containers: [{ image: d:1 }] }
`;
  assert.deepEqual(await entriesOf(text), ['16 d:1']);
});

test('templates that a workflow engine fills in when it runs are left out', async () => {
  const text = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  templates:
    - container: { image: "{{inputs.parameters.image}}" }
    - container: { image: alpine:3.20, args: ["{{item}}"] }
`;
  assert.deepEqual(await entriesOf(text), ['6 alpine:3.20']);
  assert.equal((await warningsOf(text)).length, 2);
});

const head = 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n';
const templates: Readonly<Record<string, readonly [text: string, line: number]>> = {
  'in quotes': [`${head}      image: "{{ .Values.image }}:{{ .Values.tag }}"\n`, 6],
  'without quotes': [`${head}      image: {{ .Values.image }}\n`, 6],
  'without quotes, two of them': [`${head}      image: {{ .Values.image }}:{{ .Values.tag }}\n`, 6],
  'as an item': [`${head}      image: a:1\n    - {{ toYaml .Values.container }}\n`, 7],
  'around a document': [`{{- if .Values.enabled }}\n${head}      image: a:1\n{{- end }}\n`, 1],
  'in a later document': [`${head}      image: a:1\n---\n{{- range .Values.x }}\n${head}{{- end }}\n`, 8],
  'in a custom resource': ['apiVersion: a.b/v1\nkind: X\nspec:\n  image: "{{ .Values.image }}"\n', 4],
  'in JSON': [
    '{"apiVersion":"v1","kind":"Pod","spec":{"containers":[\n{"image":"{{ .Values.image }}"}]}}',
    2,
  ],
};

for (const [where, [text, line]] of Object.entries(templates)) {
  test(`an unrendered template ${where} is an error that names the line and helm template`, async () => {
    assert.deepEqual(await failureOf(readList(text)), {
      code: 'LIST_INVALID',
      message: `list:${line}: an unrendered template stands here: {{ … }}`,
      path: 'list',
      hint: 'render the template first, for example: helm template CHART | registry-scraper --from -',
      exit: 2,
    });
  });
}

test('variables that envsubst would fill in are an error that says so', async () => {
  const failure = await failureOf(readList(`${head}      image: app:$TAG\n`));
  assert.equal(failure.code, 'TAG_INVALID');
  assert.equal(failure.reference, 'app:$TAG');
  assert.match(failure.message, /^list:6: /);
  assert.match(failure.hint ?? '', /envsubst/);
});

test('YAML of no known sort is searched, and that is noted', async () => {
  const text =
    'jobs:\n  test:\n    container: { image: node:24 }\n    services: { db: { image: postgres:16 } }\n';
  assert.deepEqual(await entriesOf(text), ['3 node:24', '4 postgres:16']);
  assert.deepEqual(await warningsOf(text), [
    'LIST_ASSUMED list:1: this is of no known sort; taken as an image: node:24 (jobs.test.container.image), postgres:16 (jobs.test.services.db.image)',
  ]);
});
