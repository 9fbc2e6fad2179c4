/**
 * A compose file as self-hosted stacks have it: a proxy, identity, a git forge, chat, files, data stores, monitoring. Hosts,
 * defaults of variables, anchors, a digest in place of a tag, and things that look like images but are none.
 * @param pinned digest of library/memcached
 */
export const composeFile = (pinned: string): string => `# everything on the box in the rack
name: site
x-restart: &restart
  restart: unless-stopped
  logging: { driver: json-file, options: { max-size: "10m" } }
x-monitor: &monitor
  <<: *restart
  image: prom/prometheus:v2.54.1
  volumes: ["./prometheus.yml:/etc/prometheus/prometheus.yml:ro"]

services:
  proxy:
    <<: *restart
    image: traefik:v3.1
    command: ["--providers.docker", "--entrypoints.web.address=:80"]
    ports: ["80:80", "443:443"]
  whoami: { image: docker.io/traefik/whoami:v1.10 }
  identity:
    image: quay.io/keycloak/keycloak:\${KEYCLOAK_VERSION:-25.0.6}
    environment:
      KC_DB: postgres
      IMAGE: not/an-image:1
  oauth:
    image: 'quay.io/oauth2-proxy/oauth2-proxy:v7.6.0'
  forge:
    image: gitea/gitea:1.22
    depends_on: [postgres, redis]
  runner:
    image: gitea/act_runner:0.2.11
  chat:
    image: mattermost/mattermost-team-edition:9.11
  files:
    image: nextcloud:29-apache
  cron:
    image: nextcloud:29-apache
    entrypoint: /cron.sh
  office:
    image: onlyoffice/documentserver:8.1
  mail:
    image: ghcr.io/docker-mailserver/docker-mailserver:14.0
  mailtest: { image: axllent/mailpit:v1.20, profiles: [debug] }
  postgres:
    image: "postgres:16.4-alpine"
    healthcheck: { test: ["CMD-SHELL", "pg_isready -U postgres"] }
  mysql: { image: mysql:8.4 }
  mongo: { image: mongo:7.0 }
  redis: { image: redis:7.4 }
  sessions:
    image: memcached@${pinned}
  queue:
    image: rabbitmq:3.13-management
  kafka: { image: confluentinc/cp-kafka:7.7.1 }
  schemas: { image: confluentinc/cp-schema-registry:7.7.1 }
  coordination: { image: zookeeper:3.9 }
  search: { image: opensearchproject/opensearch:2.17.1 }
  dashboards: { image: opensearchproject/opensearch-dashboards:2.17.1 }
  analytics: { image: clickhouse/clickhouse-server:24.8 }
  objects:
    image: quay.io/minio/minio:RELEASE.2024-10-13T13-34-11Z
    command: server /data --console-address ":9001"
  prometheus: *monitor
  alerts: { image: prom/alertmanager:v0.27.0 }
  node: { image: prom/node-exporter:v1.8.2, pid: host }
  containers: { image: gcr.io/cadvisor/cadvisor:v0.49.1 }
  grafana: { image: grafana/grafana:11.2.2 }
  logs: { image: grafana/loki:3.2.0 }
  ship-logs: { image: grafana/promtail:3.2.0 }
  traces: { image: grafana/tempo:2.6.0 }
  secrets: { image: hashicorp/vault:1.17 }
  portal:
    image: registry.site.example:5000/platform/gateway:v2.10.0
  docs:
    build: ./docs
volumes:
  data: {}
`;

/** What {@link composeFile} runs, by the names that the site's registry has for it. */
export const composeImages: readonly string[] = [
  'library/traefik:v3.1',
  'traefik/whoami:v1.10',
  'keycloak/keycloak:25.0.6',
  'oauth2-proxy/oauth2-proxy:v7.6.0',
  'gitea/gitea:1.22',
  'gitea/act_runner:0.2.11',
  'mattermost/mattermost-team-edition:9.11',
  'library/nextcloud:29-apache',
  'onlyoffice/documentserver:8.1',
  'docker-mailserver/docker-mailserver:14.0',
  'axllent/mailpit:v1.20',
  'library/postgres:16.4-alpine',
  'library/mysql:8.4',
  'library/mongo:7.0',
  'library/redis:7.4',
  'library/memcached',
  'library/rabbitmq:3.13-management',
  'confluentinc/cp-kafka:7.7.1',
  'confluentinc/cp-schema-registry:7.7.1',
  'library/zookeeper:3.9',
  'opensearchproject/opensearch:2.17.1',
  'opensearchproject/opensearch-dashboards:2.17.1',
  'clickhouse/clickhouse-server:24.8',
  'minio/minio:RELEASE.2024-10-13T13-34-11Z',
  'prom/prometheus:v2.54.1',
  'prom/alertmanager:v0.27.0',
  'prom/node-exporter:v1.8.2',
  'cadvisor/cadvisor:v0.49.1',
  'grafana/grafana:11.2.2',
  'grafana/loki:3.2.0',
  'grafana/promtail:3.2.0',
  'grafana/tempo:2.6.0',
  'hashicorp/vault:1.17',
  'platform/gateway:v2.10.0',
];

/** What a cluster answers when asked for all it runs: several documents, a list, most kinds of workload, a custom resource. */
export const clusterFile = `apiVersion: apps/v1
kind: Deployment
metadata: { name: gateway, labels: { image: not-an-image } }
spec:
  template:
    spec:
      initContainers:
        - name: migrate
          image: registry.site.example:5000/platform/auth/server:2.3.0
      containers:
        - name: gateway
          image: registry.site.example:5000/platform/gateway:v2.2.0
        - { name: cache, image: redis:7.4 }
---
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: StatefulSet
    metadata: { name: db }
    spec: { template: { spec: { containers: [{ name: db, image: "docker.io/library/postgres:16.4-alpine" }] } } }
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: settings }
    data: { image: "no/image:1" }
  - apiVersion: batch/v1
    kind: CronJob
    metadata: { name: report }
    spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: r, image: team/reports:1.10 }] } } } } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: node-exporter }
spec:
  template:
    spec:
      containers:
        - name: node-exporter
          image: prom/node-exporter:v1.8.2
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: { name: main }
spec:
  image: prom/prometheus:v2.54.1
---
apiVersion: v1
kind: Pod
metadata: { name: debug }
spec:
  containers: [{ name: main, image: mongo:7.0 }]
  ephemeralContainers: [{ name: look, image: library/mysql:8.4 }]
`;

export const clusterImages: readonly string[] = [
  'platform/auth/server:2.3.0',
  'platform/gateway:v2.2.0',
  'library/redis:7.4',
  'library/postgres:16.4-alpine',
  'team/reports:1.10',
  'prom/node-exporter:v1.8.2',
  'prom/prometheus:v2.54.1',
  'library/mongo:7.0',
  'library/mysql:8.4',
];
