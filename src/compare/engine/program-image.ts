import { fedWith } from '../../render/here-document.ts';
import { shellWord } from '../../transcript/shell-word.ts';
import type { Image } from '../../translate/images/image.ts';
import type { Engine, Tell } from './engine.ts';
import { imageTag, makeImage } from './images.ts';

/**
 * An image of one program of this machine: it, the libraries that it loads, and what our catalog says that the official
 * image has besides. Returns what it is called.
 */
export async function makeProgramImage(
  engine: Engine,
  name: string,
  { program, image = {} }: { readonly program: string; readonly image?: Image | undefined },
  command: Tell,
): Promise<string> {
  const tag = imageTag(engine, name.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, ''));
  const directories = ['tmp', 'run', 'var/log', 'var/tmp', 'root', ...(image.directories ?? []).map(inside)];
  const lines = [
    `mkdir -p ${directories.map(shellWord).join(' ')}`,
    `found=$(command -v ${shellWord(program)})`,
    ...CLOSURE,
    ...Object.entries(image.files ?? {}).flatMap(([path, content]) => placed(inside(path), content)),
  ];
  await makeImage(engine, tag, { lines }, command);
  return tag;
}

// ldd(1) of a script says nothing: what it is read by is in its first line.
const CLOSURE = [
  `closure() { echo "$1"; readlink -f "$1"; ldd "$1" 2>/dev/null | grep -o '/[^ ]*'; }`,
  '{ closure "$found"; closure /bin/sh; ls /etc/passwd /etc/group /etc/nsswitch.conf; } | sort -u |',
  '  tar -chf - --files-from=- 2>/dev/null | tar -xf -',
];

function placed(path: string, content: string): string[] {
  return [
    `mkdir -p "$(dirname ${shellWord(path)})"`,
    fedWith(`cat >${shellWord(path)}`, Buffer.from(content)),
    ...(content.startsWith('#!') ? [`chmod 755 ${shellWord(path)}`] : []),
  ];
}

/** A path of the image, from the directory that becomes its root. */
function inside(path: string): string {
  return `.${path}`;
}
