/**
 * Lists as operators have them: the shape of well-known projects' compose files and manifests. Each comes with the images
 * it names, in the order of the file.
 */
export interface SampleList {
  readonly text: string;
  readonly images: readonly string[];
}

const digest = (character: string): string => `sha256:${character.repeat(64)}`;

/** A shop of several services with its database, cache, queue and what watches over them. */
export const composeSample: SampleList = {
  text: `# The shop, as it runs at a site
name: shop

x-logging: &logging
  driver: json-file
  options: { max-size: "10m", max-file: "3" }

x-worker: &worker
  image: registry.example.com/shop/worker:2.14.0
  restart: unless-stopped
  logging: *logging
  depends_on:
    postgres: { condition: service_healthy }

services:
  proxy:
    image: traefik:v3.1
    command:
      - --providers.docker
      - --entrypoints.web.address=:80
    ports: ["80:80", "443:443"]
    labels:
      traefik.enable: "true"

  frontend:
    image: "registry.example.com/shop/frontend:2.14.0"
    environment:
      API_URL: http://api:8080
      IMAGE: not/an-image:1

  api:
    image: registry.example.com/shop/api@${digest('a')}
    healthcheck:
      test: ["CMD-SHELL", "curl -fsS http://localhost:8080/health || exit 1"]

  mailer:
    <<: *worker
    command: [worker, --queue=mail]

  invoices:
    <<: [*worker]
    image: registry.example.com/shop/invoices:1.10

  postgres:
    image: postgres:16.4-alpine
    volumes:
      - data:/var/lib/postgresql/data
      - type: image
        source: registry.example.com/shop/seed-data:2024.11
        target: /seed

  redis:
    image: redis:7.4
  rabbitmq:
    image: rabbitmq:3.13-management
  search:
    image: docker.io/opensearchproject/opensearch:2.17.1
  storage:
    image: quay.io/minio/minio:RELEASE.2024-10-13T13-34-11Z
    command: server /data
  backup:
    image: registry.example.com:5000/tools/pg-backup:\${BACKUP_TAG:-1.8}
    profiles: [backup]
  prometheus:
    image: prom/prometheus:v2.54.1@${digest('b')}
  grafana:
    image: grafana/grafana:11.2.2
  docs:
    build: ./docs

volumes:
  data: {}
`,
  images: [
    'traefik:v3.1',
    'registry.example.com/shop/frontend:2.14.0',
    `registry.example.com/shop/api@${digest('a')}`,
    'registry.example.com/shop/worker:2.14.0',
    'registry.example.com/shop/invoices:1.10',
    'postgres:16.4-alpine',
    'registry.example.com/shop/seed-data:2024.11',
    'redis:7.4',
    'rabbitmq:3.13-management',
    'docker.io/opensearchproject/opensearch:2.17.1',
    'quay.io/minio/minio:RELEASE.2024-10-13T13-34-11Z',
    'registry.example.com:5000/tools/pg-backup:1.8',
    `prom/prometheus:v2.54.1@${digest('b')}`,
    'grafana/grafana:11.2.2',
  ],
};

/** What `helm template` prints for charts of a cluster's basics: every workload kind, a hook, custom resources. */
export const helmSample: SampleList = {
  text: `---
# Source: platform/charts/ingress/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ingress
automountServiceAccountToken: true
---
# Source: platform/charts/ingress/templates/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: ingress
data:
  image: not-an/image:1
  nginx.conf: |
    image: neither/this:1
---
# Source: platform/charts/ingress/templates/daemonset.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: ingress-controller
spec:
  selector: { matchLabels: { app: ingress } }
  template:
    metadata:
      labels: { app: ingress }
    spec:
      initContainers:
        - name: sysctl
          image: busybox:1.36
          securityContext: { privileged: true }
      containers:
        - name: controller
          image: registry.k8s.io/ingress-nginx/controller:v1.11.3@${digest('1')}
          args:
            - /nginx-ingress-controller
            - --publish-service=$(POD_NAMESPACE)/ingress
        - name: exporter
          image: "nginx/nginx-prometheus-exporter:1.3"
---
# Source: platform/charts/ingress/templates/empty.yaml
---
# Source: platform/charts/database/templates/statefulset.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: postgres
spec:
  serviceName: postgres
  template:
    spec:
      initContainers:
      - name: init-chmod
        image: docker.io/bitnami/os-shell:12-debian-12-r30
      containers:
      - name: postgres
        image: docker.io/bitnami/postgresql:16.4.0-debian-12-r14
      - name: metrics
        image: docker.io/bitnami/postgres-exporter:0.15.0-debian-12-r43
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce] }
---
# Source: platform/charts/database/templates/cronjob.yaml
apiVersion: batch/v1
kind: CronJob
metadata: { name: backup }
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: backup
              image: registry.example.com/tools/pg-backup:1.8
---
# Source: platform/charts/certs/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cert-manager
spec:
  replicas: 1
  template:
    spec:
      containers:
        - { name: controller, image: "quay.io/jetstack/cert-manager-controller:v1.16.1" }
        - { name: cainjector, image: 'quay.io/jetstack/cert-manager-cainjector:v1.16.1' }
        - { name: webhook, image: quay.io/jetstack/cert-manager-webhook:v1.16.1 }
---
# Source: platform/charts/certs/templates/startupapicheck-job.yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: cert-manager-startupapicheck
  annotations:
    helm.sh/hook: post-install
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  template:
    spec:
      restartPolicy: OnFailure
      containers:
        - name: check
          image: quay.io/jetstack/cert-manager-startupapicheck:v1.16.1
---
# Source: platform/charts/monitoring/templates/prometheus.yaml
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata:
  name: k8s
  annotations: { image: an/annotation:1 }
spec:
  image: quay.io/prometheus/prometheus:v2.54.1
  containers:
    - name: proxy
      image: quay.io/oauth2-proxy/oauth2-proxy:v7.7.1
  thanos:
    image: quay.io/thanos/thanos:v0.36.1
---
# Source: platform/charts/model/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: { name: model-server }
spec:
  containers:
    - name: server
      image: registry.example.com/ml/server:0.9
  ephemeralContainers:
    - name: debugger
      image: nicolaka/netshoot:v0.13
  volumes:
    - name: weights
      image:
        reference: registry.example.com/ml/weights:7b
        pullPolicy: IfNotPresent
`,
  images: [
    'busybox:1.36',
    `registry.k8s.io/ingress-nginx/controller:v1.11.3@${digest('1')}`,
    'nginx/nginx-prometheus-exporter:1.3',
    'docker.io/bitnami/os-shell:12-debian-12-r30',
    'docker.io/bitnami/postgresql:16.4.0-debian-12-r14',
    'docker.io/bitnami/postgres-exporter:0.15.0-debian-12-r43',
    'registry.example.com/tools/pg-backup:1.8',
    'quay.io/jetstack/cert-manager-controller:v1.16.1',
    'quay.io/jetstack/cert-manager-cainjector:v1.16.1',
    'quay.io/jetstack/cert-manager-webhook:v1.16.1',
    'quay.io/jetstack/cert-manager-startupapicheck:v1.16.1',
    'quay.io/prometheus/prometheus:v2.54.1',
    'quay.io/oauth2-proxy/oauth2-proxy:v7.7.1',
    'quay.io/thanos/thanos:v0.36.1',
    'registry.example.com/ml/server:0.9',
    'nicolaka/netshoot:v0.13',
    'registry.example.com/ml/weights:7b',
  ],
};

/** What `kubectl get … -o json` prints: a List of objects that run, with their status. */
export const kubectlSample: SampleList = {
  text: JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'List',
      metadata: { resourceVersion: '' },
      items: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: { name: 'web-5d9c', labels: { image: 'a/label:1' } },
          spec: {
            template: { spec: { containers: [{ name: 'web', image: 'registry.example.com/web:3.2' }] } },
          },
        },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'web-5d9c-x' },
          spec: { containers: [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.23.2' }] },
          status: { containerStatuses: [{ image: 'a/status:1', imageID: `a/status@${digest('c')}` }] },
        },
        {
          apiVersion: 'v1',
          kind: 'ReplicationController',
          metadata: { name: 'old' },
          spec: {
            template: { spec: { containers: [{ name: 'old', image: 'registry.example.com/old:0.1' }] } },
          },
        },
        {
          apiVersion: 'v1',
          kind: 'PodTemplate',
          metadata: { name: 'task' },
          template: { spec: { containers: [{ name: 'task', image: 'registry.example.com/task:4' }] } },
        },
      ],
    },
    null,
    4,
  ),
  images: [
    'registry.example.com/web:3.2',
    'docker.io/istio/proxyv2:1.23.2',
    'registry.example.com/old:0.1',
    'registry.example.com/task:4',
  ],
};
