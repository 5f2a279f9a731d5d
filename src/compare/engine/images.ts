import { program } from '../../sys/programs.ts';
import type { Role } from '../trio.ts';
import type { Engine } from './engine.ts';

/**
 * Three images without a registry, of what this machine has: our pause, which is a static program; busybox; nginx with
 * the libraries that it needs. `docker import` makes an image of a tar. Returns what they are called.
 */
export async function makeImages(engine: Engine): Promise<Readonly<Record<Role, string>>> {
  const names = Object.fromEntries(
    (['pause', 'nginx', 'busybox'] as const).map((role) => [
      role,
      `${engine.label.replace(/[.=]/g, '-')}-${role}`,
    ]),
  ) as Record<Role, string>;
  await engine.script(MAKE, engine.label, program('pause'), names.pause, names.busybox, names.nginx);
  return names;
}

const MAKE = `
set -e
label=$1 pause=$2
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT
import() { tar -C "$place/$1" -c . | docker import -c "LABEL $label" -c "$2" - "$3" >/dev/null; }

mkdir -p "$place/pause" "$place/busybox/bin" "$place/busybox/tmp"
cp "$pause" "$place/pause/pause"
cp "$(command -v busybox)" "$place/busybox/bin/busybox"
for applet in sh sleep wget hostname; do ln -s busybox "$place/busybox/bin/$applet"; done

nginx=$(readlink -f "$(command -v nginx)")
mkdir -p "$place/nginx/var/log/nginx" "$place/nginx/var/lib/nginx" "$place/nginx/run" "$place/nginx/tmp"
{ ldd "$nginx" | grep -o '/[^ ]*'; echo "$nginx"
  find -L /etc/nginx /usr/share/nginx -type f; ls /etc/passwd /etc/group /etc/nsswitch.conf; } |
  tar -chf - --files-from=- 2>/dev/null | tar -C "$place/nginx" -xf -

import pause 'ENTRYPOINT ["/pause"]' "$3"
import busybox 'CMD ["sh"]' "$4"
import nginx 'CMD ["nginx", "-g", "daemon off;"]' "$5"`;
