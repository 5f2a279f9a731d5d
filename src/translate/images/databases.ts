import type { Image } from './image.ts';

/**
 * Databases of Debian's packages. They are named, so that an error says what to install; each runs its package's own program, with
 * its data in the container.
 */
export const MARIADB: Image = {
  entrypoint: ['docker-entrypoint.sh'],
  command: ['mariadbd'],
  package: 'mariadb-server',
  needs: ['/usr/sbin/mariadbd'],
  directories: ['/var/lib/mysql', '/run/mysqld'],
  files: {
    '/usr/local/bin/docker-entrypoint.sh': `#!/bin/bash
set -e
data=/var/lib/mysql
if [ ! -d $data/mysql ]; then
  mariadb-install-db --user=root --datadir=$data --skip-test-db >/dev/null
  password=\${MYSQL_ROOT_PASSWORD-$MARIADB_ROOT_PASSWORD} database=\${MYSQL_DATABASE-$MARIADB_DATABASE}
  user=\${MYSQL_USER-$MARIADB_USER} secret=\${MYSQL_PASSWORD-$MARIADB_PASSWORD}
  quoted() { printf "'%s'" "\${1//\\'/\\'\\'}"; }
  {
    echo "CREATE OR REPLACE USER 'root'@'%' IDENTIFIED BY $(quoted "$password");"
    echo "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $(quoted "$password");"
    [ -z "$database" ] || echo "CREATE DATABASE IF NOT EXISTS \\\`$database\\\`;"
    [ -z "$user" ] || echo "CREATE OR REPLACE USER $(quoted "$user")@'%' IDENTIFIED BY $(quoted "$secret");"
    [ -z "$user" ] || [ -z "$database" ] || echo "GRANT ALL ON \\\`$database\\\`.* TO $(quoted "$user")@'%';"
    echo "FLUSH PRIVILEGES;"
  } >/tmp/first.sql
  first=--init-file=/tmp/first.sql
fi
case $1 in -*) ;; mysqld | mariadbd) shift ;; *) exec "$@" ;; esac
exec /usr/sbin/mariadbd --user=root --datadir=$data --socket=/run/mysqld/mysqld.sock --bind-address=0.0.0.0 $first "$@"
`,
  },
};

/** The program is below the version's directory, which Debian's wrapper `pg_ctlcluster` knows; the script looks it up. */
export const POSTGRES: Image = {
  entrypoint: ['docker-entrypoint.sh'],
  command: ['postgres'],
  package: 'postgresql',
  needs: ['/usr/bin/pg_ctlcluster'],
  directories: ['/var/lib/postgresql/data', '/run/postgresql'],
  env: { PGDATA: '/var/lib/postgresql/data' },
  files: {
    '/usr/local/bin/docker-entrypoint.sh': `#!/bin/bash
set -e
PATH=$(echo /usr/lib/postgresql/*/bin | tr ' ' '\\n' | tail -n 1):$PATH
case $1 in -*) set -- postgres "$@" ;; postgres) ;; *) exec "$@" ;; esac
mkdir -p "$PGDATA" && chown -R postgres "$PGDATA" /run/postgresql && chmod 700 "$PGDATA"
as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
user=\${POSTGRES_USER:-postgres} database=\${POSTGRES_DB:-\${POSTGRES_USER:-postgres}}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD' >&2
    exit 1
  fi
  (umask 077 && printf '%s\\n' "$POSTGRES_PASSWORD" >/tmp/first && chown postgres /tmp/first)
  as initdb -D "$PGDATA" -U "$user" --pwfile=/tmp/first >/dev/null
  rm /tmp/first
  echo "host all all all \${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  [ "$database" = postgres ] || echo "CREATE DATABASE \\"$database\\"" | as postgres --single -D "$PGDATA" postgres >/dev/null
fi
exec setpriv --reuid postgres --regid postgres --init-groups "$@" -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/run/postgresql
`,
  },
};
