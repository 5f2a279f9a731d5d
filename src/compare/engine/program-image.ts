import type { Image } from '../../pod/images/image.ts';
import type { Engine } from './engine.ts';

/**
 * An image of one program of this machine: it, the libraries that it loads, and what our catalog says that the official
 * image has besides. Returns what it is called.
 */
export async function makeProgramImage(
  engine: Engine,
  name: string,
  { program, image = {} }: { readonly program: string; readonly image?: Image | undefined },
): Promise<string> {
  const tag = `${engine.label.replace(/[.=]/g, '-')}-${name.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')}`;
  const files = Object.entries(image.files ?? {}).flat();
  await engine.script(MAKE, engine.label, tag, program, (image.directories ?? []).join(' '), ...files);
  return tag;
}

// ldd(1) of a script says nothing: what it is read by is in its first line.
const MAKE = `
set -e
label=$1 tag=$2 program=$3 directories=$4; shift 4
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir -p tmp run var/log var/tmp root
for directory in $directories; do mkdir -p "./$directory"; done
found=$(command -v "$program")
closure() {
  echo "$1"; readlink -f "$1"; ldd "$1" 2>/dev/null | grep -o '/[^ ]*'
}
{ closure "$found"; closure /bin/sh; ls /etc/passwd /etc/group /etc/nsswitch.conf; } | sort -u |
  tar -chf - --files-from=- 2>/dev/null | tar -xf -
while [ $# -gt 1 ]; do
  mkdir -p "./$(dirname "$1")"; printf %s "$2" >"./$1"
  case $2 in '#!'*) chmod 755 "./$1" ;; esac
  shift 2
done
tar -c . | docker import -c "LABEL $label" - "$tag" >/dev/null`;
