import { fedWith } from '../../render/here-document.ts';
import { shellWord } from '../../transcript/shell-word.ts';
import type { Image } from '../../translate/images/image.ts';
import type { Engine, PrintCommand } from './engine.ts';
import { imageTag, makeImage } from './images.ts';

/**
 * Builds an image from one program of this machine: the program, its libraries, and the files and directories that the
 * catalog lists for the official image. Returns its tag.
 */
export async function makeProgramImage(
  engine: Engine,
  name: string,
  { program, image = {} }: { readonly program: string; readonly image?: Image | undefined },
  print: PrintCommand,
): Promise<string> {
  const tag = imageTag(engine, name.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, ''));
  const directories = [
    'tmp',
    'run',
    'var/log',
    'var/tmp',
    'root',
    ...(image.directories ?? []).map(relative),
  ];
  const lines = [
    `mkdir -p ${directories.map(shellWord).join(' ')}`,
    `found=$(command -v ${shellWord(program)})`,
    ...CLOSURE,
    ...Object.entries(image.files ?? {}).flatMap(([path, content]) =>
      writeFileLines(relative(path), content),
    ),
  ];
  await makeImage(engine, tag, { lines }, print);
  return tag;
}

// ldd(1) prints nothing for a shell script, so /bin/sh is always included.
const CLOSURE = [
  `closure() { echo "$1"; readlink -f "$1"; ldd "$1" 2>/dev/null | grep -o '/[^ ]*'; }`,
  '{ closure "$found"; closure /bin/sh; ls /etc/passwd /etc/group /etc/nsswitch.conf; } | sort -u |',
  '  tar -chf - --files-from=- 2>/dev/null | tar -xf -',
];

function writeFileLines(path: string, content: string): string[] {
  return [
    `mkdir -p "$(dirname ${shellWord(path)})"`,
    fedWith(`cat >${shellWord(path)}`, Buffer.from(content)),
    ...(content.startsWith('#!') ? [`chmod 755 ${shellWord(path)}`] : []),
  ];
}

/** A path of the image, relative to the directory that becomes its root. */
function relative(path: string): string {
  return `.${path}`;
}
