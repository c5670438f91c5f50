import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { JsonObject } from "../../../../../src/model/json.ts";
import { program } from "../record.ts";

/** A project as people have it: its files, and what it is asked with. */
export interface Project {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** Files given with -f; without any, Compose's own name is found. */
  readonly named?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
}

const one = (name: string, text: string, more: Partial<Project> = {}): Project => ({
  ...more,
  name,
  files: { "compose.yaml": text, ...more.files },
});

/** The folder in which both read the projects. */
export const FOLDER = "/srv/shop";

export const PROJECTS: readonly Project[] = [
  one("tiny", "services:\n  web:\n    image: busybox\n"),
  one(
    "web, database, cache",
    `name: Shop.One
services:
  web:
    image: nginx:1.27
    ports: ["8080:80", "127.0.0.1:8443:443/tcp", "9000-9002:9000-9002", "53:53/udp"]
    depends_on: [db, redis]
    restart: unless-stopped
    volumes: ["./html:/usr/share/nginx/html:ro", "logs:/var/log/nginx", "/scratch"]
  db:
    image: postgres:16
    environment:
      POSTGRES_DB: shop
      POSTGRES_USER: shop
    volumes: [data:/var/lib/postgresql/data]
    healthcheck:
      test: pg_isready -U shop
      interval: 5s
      timeout: 3s
      retries: 5
      start_period: 1m30s
  redis:
    image: redis:7
    command: redis-server --save 60 1 --loglevel "warning"
volumes:
  data:
  logs: {}
`,
  ),
  one(
    "build with arguments",
    `services:
  app:
    build:
      context: .
      dockerfile: docker/Dockerfile
      args: [VERSION=1.2, "FLAVOUR", "UNKNOWN"]
      target: run
      labels: {a: b}
    image: example/app:\${TAG:-dev}
  worker:
    build: ./worker
    command: ["work", "--queue", "all"]
`,
    {
      env: { FLAVOUR: "mint" },
      files: {
        "docker/Dockerfile": "FROM busybox:1.36 AS run\n",
        "worker/Dockerfile": "FROM busybox:1.36\n",
      },
    },
  ),
  one(
    "profiles",
    `services:
  app: {image: busybox, depends_on: {debug: {condition: service_started, required: false}}}
  debug: {image: busybox, profiles: [debug, all], networks: [tools]}
  never: {image: busybox, profiles: [never]}
networks:
  tools: {}
  unused: {}
`,
    { profiles: ["all"] },
  ),
  one(
    "profiles of the environment",
    `services:
  app: {image: busybox, depends_on: {debug: {condition: service_started, required: false}}}
  debug: {image: busybox, profiles: [debug]}
  tool: {image: busybox, profiles: [tools]}
`,
    { env: { COMPOSE_PROFILES: "tools,other" } },
  ),
  one(
    "extends",
    `services:
  base:
    image: busybox
    environment: {A: 1, B: 2}
    labels: [a=1]
  web:
    extends: base
    environment: {B: 3}
    labels: {b: 2}
  api:
    extends: {service: shared, file: common/base.yaml}
    command: serve
    ports: ["8080"]
`,
    {
      files: {
        "common/base.yaml": `services:
  root: {image: busybox, environment: [ROOT=1], volumes: ["./root:/root"]}
  shared:
    extends: {service: root}
    env_file: shared.env
    volumes: ["./data:/data", {type: bind, source: ../other, target: /other}]
`,
        "common/shared.env": "SHARED=yes\nROOT=2\n",
      },
    },
  ),
  {
    name: "overrides",
    named: ["compose.yaml", "compose.prod.yaml"],
    files: {
      "compose.yaml": `services:
  web:
    image: busybox
    command: [a, b]
    ports: ["8080:80"]
    environment: {A: 1, B: 2}
    volumes: ["./a:/a", "./b:/b"]
    logging: {driver: json-file, options: {max-size: 1m}}
    dns: 192.0.2.1
    cap_add: [NET_ADMIN]
    extra_hosts: ["a:192.0.2.1"]
`,
      "compose.prod.yaml": `services:
  web:
    command: [c]
    ports: !override ["80:80"]
    environment: [B=3, C=4]
    volumes: ["./c:/a"]
    logging: {options: {max-file: "3"}}
    dns: [192.0.2.2]
    cap_add: !reset null
    extra_hosts: ["b:192.0.2.2"]
    healthcheck: {disable: true}
`,
    },
  },
  {
    name: "the override file is found",
    files: {
      "docker-compose.yml": "services:\n  web: {image: busybox}\n",
      "docker-compose.override.yml": "services:\n  web: {user: '1000:1000', read_only: true}\n",
    },
    named: ["docker-compose.yml", "docker-compose.override.yml"],
  },
  one(
    "include",
    `include:
  - db/compose.yaml
  - path: [mail/compose.yaml, mail/more.yaml]
    env_file: mail/own.env
services:
  web: {image: busybox, depends_on: [db, mail], networks: [back]}
`,
    {
      env: { OUTER: "outer" },
      files: {
        "db/compose.yaml": `name: ignored
services:
  db:
    image: busybox
    environment: {WHO: "\${WHO}", OUTER: "\${OUTER}"}
    env_file: db.env
    volumes: ["./data:/data", "store:/store"]
    networks: [back]
volumes: {store: {}}
networks: {back: {internal: true}}
`,
        "db/.env": "WHO=included\nOUTER=inner\n",
        "db/db.env": "DB=1\n",
        "mail/compose.yaml": "services:\n  mail: {image: busybox, environment: {M: '$M'}}\n",
        "mail/more.yaml": "services:\n  mail: {command: ['$N'], volumes: ['./m:/m']}\n",
        "mail/own.env": "M=mail\nN=${OUTER}\n",
      },
    },
  ),
  one(
    "secrets and configs",
    `services:
  app:
    image: busybox
    secrets:
      - token
      - {source: key, target: /etc/key, uid: "103", gid: "103", mode: 0440}
    configs:
      - motd
      - {source: conf, target: /etc/app.conf, mode: 0444}
      - inline
secrets:
  token: {file: ./token.txt}
  key: {environment: KEY}
  unused: {file: ./absent.txt}
configs:
  motd: {file: motd}
  conf: {file: ./conf/app.conf}
  inline: {content: "port=\${PORT:-80}\\n"}
`,
    {
      env: { KEY: "key-of-keys" },
      files: { "token.txt": "token-text", motd: "hello\n", "conf/app.conf": "a=1\n" },
    },
  ),
  one(
    "health and order",
    `services:
  db:
    image: busybox
    healthcheck: {test: ["CMD-SHELL", "true"], interval: 1m, start_interval: 1s}
  migrate:
    image: busybox
    depends_on: {db: {condition: service_healthy}}
  web:
    image: busybox
    depends_on:
      db: {condition: service_healthy, restart: true}
      migrate: {condition: service_completed_successfully}
    links: ["db:database"]
    healthcheck: {test: ["NONE"]}
`,
  ),
  one(
    "networks with addresses",
    `services:
  dns:
    image: busybox
    networks:
      lan: {ipv4_address: 172.28.5.53, aliases: [ns, resolver]}
      default:
        priority: 100
  app: {image: busybox, networks: [lan]}
  host: {image: busybox, network_mode: host}
  beside: {image: busybox, network_mode: "service:app"}
networks:
  default: {driver: bridge, driver_opts: {com.docker.network.bridge.name: shop0}}
  lan:
    ipam:
      driver: default
      config:
        - {subnet: 172.28.0.0/16, ip_range: 172.28.5.0/24, gateway: 172.28.5.254}
    labels: {tier: front}
  elsewhere: {external: true}
`,
  ),
  one(
    "external things",
    `services:
  app: {image: busybox, networks: [proxy, named], volumes: ["shared:/s", "old:/o"]}
networks:
  proxy: {external: true}
  named: {external: true, name: real-name}
volumes:
  shared: {external: true}
  old: {external: true, name: old-name}
`,
  ),
  one(
    "environment files",
    `services:
  app:
    image: busybox
    env_file:
      - a.env
      - {path: b.env, required: true}
      - {path: absent.env, required: false}
      - {path: raw.env, format: raw}
    environment:
      - FROM_SHELL
      - NOT_THERE
      - A=own
`,
    {
      env: { FROM_SHELL: "shell" },
      files: {
        "a.env":
          "# comment\nA=1\nB='single $A'\nC=\"double ${A}\\n\"\nexport D=4 # four\nE=a#b\nF=\r\nG: yaml\n",
        "b.env": "B=2\nH=${A}-${FROM_SHELL}\n",
        "raw.env": 'RAW="quoted" # kept\n',
      },
    },
  ),
  one(
    "interpolation",
    `name: \${PROJECT:-shop}
services:
  app:
    image: "busybox:\${TAG:-\${FALLBACK:-1.36}}"
    command: ["$$HOME", "\${EMPTY-unset}", "\${EMPTY:-empty}", "\${SET:+replaced}", "\${MISSING}", "$SET", "\${MISSING+x}", "\${SET?needed}"]
    labels: {project: "\${COMPOSE_PROJECT_NAME}"}
    stop_grace_period: \${GRACE:-10s}
    ports: ["\${PORT:-}80"]
    privileged: \${PRIV:-no}
    scale: \${COUNT:-2}
`,
    { env: { SET: "set", EMPTY: "" }, files: { ".env": "FALLBACK=1.37\nSET=ignored\nGRACE=3s\n" } },
  ),
  one(
    "anchors and extensions",
    `x-env: &env
  TZ: Europe/Zurich
  LANG: C.UTF-8
x-base: &base
  image: busybox
  restart: always
  environment: *env
services:
  a: {<<: *base, command: a}
  b:
    <<: [*base, {read_only: true}]
    environment:
      <<: *env
      LANG: de
    x-note: nothing
x-last: {anything: [1, 2]}
`,
  ),
  one(
    "deploy",
    `version: "3.8"
services:
  app:
    image: busybox
    deploy:
      mode: replicated
      replicas: 3
      endpoint_mode: vip
      labels: [a=b]
      placement: {constraints: [node.role == manager]}
      update_config: {parallelism: 2, delay: 10s, order: start-first, max_failure_ratio: 0.1}
      rollback_config: {parallelism: 1}
      restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3, window: 120s}
      resources:
        limits: {cpus: "0.50", memory: 50M, pids: 100}
        reservations: {cpus: "0.25", memory: 20M}
  global: {image: busybox, deploy: {mode: global}}
  gpu:
    image: busybox
    deploy: {resources: {reservations: {devices: [{driver: nvidia, count: 1, capabilities: [gpu]}]}}}
`,
  ),
  one(
    "numbers as Go reads them",
    `services:
  app:
    image: busybox
    environment: {A: 0755, B: 1.10, C: 1_000, D: 0x10, E: 1e3, F: 08, G: true, H: "0755", I: 1.0, J: yes, K: ~, L: 010.5}
    labels: {a: 1.50, b: 0o17, c: false}
    mem_limit: 1g
    cpus: 1.50
    tmpfs: [/run, "/tmp:size=64m"]
    ulimits: {nofile: 1024, nproc: {soft: 10, hard: 20}}
    shm_size: 64mb
    sysctls: {net.core.somaxconn: 1024}
`,
  ),
  one(
    "words for booleans",
    `services:
  app: {image: busybox, privileged: "yes", tty: "on", stdin_open: "false", read_only: n, init: Y}
`,
  ),
  one(
    "long forms",
    `services:
  app:
    image: busybox
    ports:
      - {target: 80, published: "8080", protocol: tcp, mode: host, host_ip: 127.0.0.1}
      - {target: 53, protocol: udp, published: 53, name: dns, app_protocol: dns}
    volumes:
      - {type: volume, source: data, target: /data, volume: {nocopy: true}}
      - {type: bind, source: ./conf, target: /conf, read_only: true, bind: {propagation: rslave}}
      - {type: tmpfs, target: /cache, tmpfs: {size: 10m, mode: 0700}}
      - {type: bind, source: ~/x, target: /x}
    devices: ["/dev/null:/dev/zero2:r"]
    extra_hosts: {host.docker.internal: host-gateway}
    security_opt: [no-new-privileges:true]
    group_add: [audio, "1000"]
    logging: {driver: local, options: {max-size: 10m}}
    entrypoint: /bin/sh -c "echo 'a b'"
    blkio_config: {weight: 300}
    credential_spec: {file: x.json}
volumes:
  data: {driver: local, driver_opts: {type: tmpfs, device: tmpfs, o: size=10m}, labels: {a: b}}
`,
  ),
  one(
    "hooks and words without effect",
    `services:
  app:
    image: busybox
    attach: false
    develop: {watch: [{path: ./src, action: sync, target: /src}]}
    post_start: [{command: ["echo", "started"], user: root}]
    pre_stop: [{command: echo stopped}]
    stop_signal: SIGINT
    annotations: {a: b}
`,
  ),
  one(
    "media server",
    `---
services:
  sonarr:
    image: lscr.io/linuxserver/sonarr:latest
    container_name: sonarr
    environment:
      - PUID=1000
      - PGID=1000
      - TZ=Etc/UTC
    volumes:
      - /srv/sonarr/data:/config
      - /srv/tv:/tv #optional
    ports:
      - 8989:8989
    restart: unless-stopped
  gluetun:
    image: qmcgaw/gluetun
    container_name: gluetun
    cap_add: [NET_ADMIN]
    devices: [/dev/net/tun:/dev/net/tun]
    ports: ["6881:6881", "6881:6881/udp", "8085:8085"]
    environment:
      VPN_SERVICE_PROVIDER: mullvad
  qbittorrent:
    image: lscr.io/linuxserver/qbittorrent:latest
    network_mode: "service:gluetun"
    depends_on:
      - gluetun
    environment: [WEBUI_PORT=8085]
    restart: unless-stopped
`,
  ),
  one(
    "proxy with labels",
    `services:
  traefik:
    image: traefik:v3.1
    command:
      - "--providers.docker=true"
      - "--entrypoints.web.address=:80"
    ports: ["80:80"]
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
  whoami:
    image: traefik/whoami
    labels:
      - "traefik.enable=true"
      - "traefik.http.routers.whoami.rule=Host(\`whoami.\${DOMAIN}\`)"
      - "traefik.http.middlewares.auth.basicauth.users=me:$$apr1$$x"
    expose: [80, "8000-8001"]
`,
    { files: { ".env": "DOMAIN=example.com\n" } },
  ),
  one(
    "labels from files, and namespaces",
    `services:
  app: {image: busybox, label_file: [app.labels], labels: {b: own}, ipc: shareable, pid: host}
  side: {image: busybox, ipc: "service:app", volumes_from: ["app:ro"], userns_mode: host}
`,
    { files: { "app.labels": "a=file\nb=file\n" } },
  ),
];

/** What Compose makes of a project, as its canonical model in `FOLDER`; `null`: it refuses it. */
export function configOf({
  files,
  named = [],
  env = {},
  profiles = [],
}: Project): JsonObject | null {
  const parent = mkdtempSync(join(tmpdir(), "compose-"));
  const folder = join(parent, "shop");
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const flags = [
      ...named.flatMap((name) => ["-f", name]),
      ...profiles.flatMap((profile) => ["--profile", profile]),
    ];
    const told = execFileSync(program, [...flags, "config", "--format", "json"], {
      ...{ cwd: folder, encoding: "utf8", stdio: "pipe" },
      env: { ...env, HOME: "/home/me" },
    });
    return JSON.parse(told.replaceAll(folder, FOLDER)) as JsonObject;
  } catch (error) {
    if (typeof (error as { status?: unknown }).status !== "number") throw error;
    return null;
  } finally {
    rmSync(parent, { recursive: true });
  }
}
