/**
 * Containers as official images start them, from the programs of this machine: /usr read-only, and an /etc, a /var and an
 * entrypoint of their own. The entrypoints begin as root, give their files to the service's user, and become it.
 */
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../src/json/types.js';
import { findProgram } from '../support/system.js';

export interface Image {
  /** The command line that the entrypoint gets. */
  readonly args: readonly string[];
  /** Folders that the image declares as volumes: writable whatever was granted. */
  readonly volumes: readonly string[];
  /** Run in the network namespace of the container. */
  readonly request: readonly string[];
  /** What it prints when the service answers. */
  readonly answer: RegExp;
}

const curl = (port: number): string[] => ['curl', '-sS', '-m', '2', `http://127.0.0.1:${port}/index.html`];

export const IMAGES: Readonly<Record<string, Image>> = {
  'busybox httpd': {
    args: ['/opt/busybox', 'httpd', '-f', '-p', '8080', '-h', '/srv'],
    volumes: [],
    request: curl(8080),
    answer: /^hello from a container/,
  },
  python: {
    args: ['/usr/bin/python3', '-m', 'http.server', '8000', '--directory', '/srv'],
    volumes: [],
    request: curl(8000),
    answer: /^hello from a container/,
  },
  node: {
    args: ['/entry/node.sh', '/srv/server.js'],
    volumes: [],
    request: curl(3000),
    answer: /^hello from node/,
  },
  nginx: {
    args: ['/entry/nginx.sh', 'nginx', '-g', 'daemon off;'],
    volumes: [],
    request: curl(80),
    answer: /^hello from a container/,
  },
  redis: {
    args: ['/entry/redis.sh', 'redis-server', '--protected-mode', 'no'],
    volumes: ['/data'],
    request: ['redis-cli', 'incr', 'visits'],
    answer: /^1$/m,
  },
  PostgreSQL: {
    args: ['/entry/postgres.sh', 'postgres', '-c', 'fsync=off'],
    volumes: ['/var/lib/postgresql/data'],
    request: ['psql', '-h', '127.0.0.1', '-U', 'postgres', '-tAc', 'select 6 * 7'],
    answer: /^42$/m,
  },
};

const USERS = { root: 0, nginx: 101, redis: 999, postgres: 70, nobody: 65534 };

const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': Object.entries(USERS)
    .map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh\n`)
    .join(''),
  'etc/group': Object.entries(USERS)
    .map(([name, id]) => `${name}:x:${id}:\n`)
    .join(''),
  'etc/hosts': '127.0.0.1 localhost\n',
  'etc/nginx/nginx.conf': `user nginx;
worker_processes 2;
error_log /dev/stderr notice;
pid /run/nginx.pid;
events { worker_connections 64; }
http {
  access_log /dev/stdout;
  sendfile on;
  server { listen 80; location / { root /srv; } }
}
`,
  'srv/index.html': 'hello from a container\n',
  'srv/server.js': `const { createServer } = require('node:http');
const { readFile } = require('node:fs');
createServer((request, response) => {
  readFile('/srv/index.html', 'utf8', (_, text) => response.end(text.replace('a container', 'node')));
}).listen(3000);
`,
  // docker-library/redis, docker-entrypoint.sh
  'entry/redis.sh': `#!/bin/sh
set -e
cd /data # the image's working directory
if [ "$1" = 'redis-server' ] && [ "$(id -u)" = '0' ]; then
  find . \\! -user redis -exec chown redis '{}' +
  exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi
umask 0077
exec "$@"
`,
  // docker-library/postgres, docker-entrypoint.sh, without passwords and scripts of users
  'entry/postgres.sh': `#!/bin/sh
set -e
export PGDATA=/var/lib/postgresql/data PGCTLTIMEOUT=600 PATH="$PATH:$(echo /usr/lib/postgresql/*/bin)"
mkdir -p "$PGDATA" /run/postgresql
if [ "$(id -u)" = '0' ]; then
  chmod 00700 "$PGDATA"
  chmod 03775 /run/postgresql
  find "$PGDATA" \\! -user postgres -exec chown postgres '{}' +
  find /run/postgresql \\! -user postgres -exec chown postgres '{}' +
  exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$0" "$@"
fi
initdb --username=postgres --auth=trust --no-sync --no-instructions
pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -c fsync=off" -w start
psql -U postgres -c 'create database app'
pg_ctl -D "$PGDATA" -m fast -w stop
exec "$@"
`,
  // nginx/docker-nginx: its scripts change files of /etc/nginx, here only one
  'entry/nginx.sh': `#!/bin/sh
set -e
chown nginx /var/cache/nginx
exec "$@"
`,
  // nodejs/docker-node, docker-entrypoint.sh
  'entry/node.sh': `#!/bin/sh
set -e
exec /opt/node "$@"
`,
};

const LINKS: Readonly<Record<string, string>> = {
  bin: 'usr/bin',
  lib: 'usr/lib',
  lib64: 'usr/lib64',
  sbin: 'usr/sbin',
  'var/run': '../run',
};
const FOLDERS = [
  'data',
  'dev',
  'opt',
  'proc',
  'run',
  'sys',
  'tmp',
  'usr',
  'var/cache/nginx',
  'var/lib/nginx',
  'var/lib/postgresql/data',
  'var/log/nginx',
];

/** A folder with a `rootfs` for {@link IMAGES}. */
export function makeImages(): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-images-'));
  const rootfs = join(folder, 'rootfs');
  for (const name of FOLDERS) mkdirSync(join(rootfs, name), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(rootfs, name)), { recursive: true });
    writeFileSync(join(rootfs, name), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(rootfs, name));
  for (const name of ['opt/busybox', 'opt/node']) writeFileSync(join(rootfs, name), '');
  chmodSync(join(rootfs, 'tmp'), 0o1777);
  chmodSync(folder, 0o755);
  return folder;
}

/** What is in the container of an image beside the root's own files. */
export function mountsOf({ volumes }: Image): JsonObject[] {
  const bind = (source: string, destination: string): JsonObject => ({
    source,
    destination,
    type: 'bind',
    options: ['rbind', 'ro'],
  });
  return [
    bind('/usr', '/usr'),
    bind(findProgram('busybox') ?? '', '/opt/busybox'),
    bind(process.execPath, '/opt/node'),
    ...volumes.map(destination => ({ source: 'tmpfs', destination, type: 'tmpfs', options: ['mode=0755'] })),
  ];
}
