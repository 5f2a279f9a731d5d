import { program } from '../../sys/programs.ts';
import { COURSES } from './courses.ts';
import { MARIADB, POSTGRES } from './databases.ts';
import { HTTPD_CONF, HTTPD_PAGE, HTTPD_TYPES } from './httpd.ts';
import type { Image } from './image.ts';
import { NGINX_CONF, NGINX_SITE } from './nginx.ts';

const NGINX: Image = {
  command: ['nginx', '-g', 'daemon off;'],
  package: 'nginx-light',
  files: { '/etc/nginx/nginx.conf': NGINX_CONF, '/etc/nginx/conf.d/default.conf': NGINX_SITE },
  // What nginx writes lies where the image has it: with a read-only root, emptyDirs at these two places are enough.
  directories: ['/var/cache/nginx', '/var/run'],
};

/** The built-in images, set up like the official ones. hub.docker.com/_/NAME */
export const CATALOG: Readonly<Record<string, Image>> = {
  alpine: { command: ['/bin/sh'], package: 'busybox-static', isBusybox: true },
  bash: { command: ['bash'], package: 'bash' },
  busybox: { command: ['sh'], package: 'busybox-static', isBusybox: true },
  curl: { entrypoint: ['curl'], package: 'curl' },
  debian: { command: ['bash'], package: 'bash' },
  golang: { command: ['bash'], package: 'golang-go', needs: ['/usr/bin/go'] },
  httpd: {
    command: ['httpd-foreground'],
    package: 'apache2-bin',
    workingDir: '/usr/local/apache2',
    files: {
      '/usr/local/apache2/conf/httpd.conf': HTTPD_CONF,
      '/usr/local/apache2/conf/mime.types': HTTPD_TYPES,
      '/usr/local/apache2/htdocs/index.html': HTTPD_PAGE,
      '/usr/local/bin/httpd-foreground':
        '#!/bin/sh\nexec /usr/sbin/apache2 -f /usr/local/apache2/conf/httpd.conf -DFOREGROUND "$@"\n',
    },
    directories: ['/usr/local/apache2/logs'],
  },
  memcached: { command: ['memcached', '-u', 'nobody'], package: 'memcached' },
  mariadb: MARIADB,
  mysql: MARIADB,
  nginx: NGINX,
  'nginx-slim': NGINX,
  node: { command: ['node'], package: 'nodejs' },
  openjdk: { command: ['jshell'], package: 'default-jdk' },
  pause: { entrypoint: ['/pause'], programs: { '/pause': program('pause') } },
  perl: { command: ['perl', '-de0'], package: 'perl' },
  php: { command: ['php', '-a'], package: 'php-cli' },
  postgres: POSTGRES,
  python: {
    command: ['python3'],
    package: 'python3',
    programs: { '/usr/local/bin/python': '/usr/bin/python3' },
  },
  rabbitmq: { command: ['rabbitmq-server'], package: 'rabbitmq-server' },
  redis: {
    command: ['redis-server', '--protected-mode', 'no'],
    package: 'redis-server',
    workingDir: '/data',
    directories: ['/data'],
  },
  ruby: { command: ['irb'], package: 'ruby' },
  stress: { entrypoint: ['stress'], package: 'stress' },
  ubuntu: { command: ['/bin/bash'], package: 'bash' },
  ...COURSES,
};
