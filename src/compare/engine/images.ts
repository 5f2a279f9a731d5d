import { program } from '../../sys/programs.ts';
import { ROLES } from '../trio.ts';
import type { Engine } from './engine.ts';

type ArticleRole = (typeof ROLES)[number];

/**
 * Images without a registry, of what this machine has: our pause, which is a static program; busybox; nginx with the
 * libraries that it needs. `docker import` makes an image of a tar. Returns what they are called.
 */
export async function makeImages(
  engine: Engine,
  roles: readonly ArticleRole[] = ROLES,
): Promise<Readonly<Record<ArticleRole, string>>> {
  const prefix = engine.label.replace(/[.=]/g, '-');
  await engine.script(MAKE, engine.label, prefix, program('pause'), ...roles);
  return { pause: `${prefix}-pause`, nginx: `${prefix}-nginx`, busybox: `${prefix}-busybox` };
}

const MAKE = `
set -e
label=$1 prefix=$2 program=$3; shift 3
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT

pause() {
  cp "$program" pause
  start='ENTRYPOINT ["/pause"]'
}
busybox() {
  mkdir bin tmp
  cp "$(which busybox)" bin/busybox
  for applet in sh sleep wget hostname; do ln -s busybox bin/$applet; done
  start='CMD ["sh"]'
}
nginx() {
  nginx=$(readlink -f "$(which nginx)")
  mkdir -p var/log/nginx var/lib/nginx run tmp
  { ldd "$nginx" | grep -o '/[^ ]*'; echo "$nginx"
    find -L /etc/nginx /usr/share/nginx -type f; ls /etc/passwd /etc/group /etc/nsswitch.conf; } |
    tar -chf - --files-from=- 2>/dev/null | tar -xf -
  start='CMD ["nginx", "-g", "daemon off;"]'
}

for role; do
  mkdir "$place/$role"; cd "$place/$role"
  "$role"
  tar -c . | docker import -c "LABEL $label" -c "$start" - "$prefix-$role" >/dev/null
done`;
