import { program } from '../../sys/programs.ts';
import { shellWord } from '../../transcript/shell-word.ts';
import { ROLES } from '../compared-pod.ts';
import type { Engine, PrintCommand } from './engine.ts';

type ArticleRole = (typeof ROLES)[number];

/** How to build an image. */
export interface Recipe {
  /** Shell lines, run in the directory that becomes the root of the image. */
  readonly lines: readonly string[];
  /** A Dockerfile instruction: its default command. */
  readonly start?: string;
}

/**
 * Builds images from programs of this machine, without a registry: our pause, which is static; busybox; nginx with its
 * libraries. `docker import` makes an image from a tar. Returns their tags.
 */
export async function makeImages(
  engine: Engine,
  roles: readonly ArticleRole[] = ROLES,
  print: PrintCommand = () => {},
): Promise<Readonly<Record<ArticleRole, string>>> {
  const names = {
    pause: imageTag(engine, 'pause'),
    nginx: imageTag(engine, 'nginx'),
    busybox: imageTag(engine, 'busybox'),
  };
  for (const role of roles) await makeImage(engine, names[role], RECIPES[role], print);
  return names;
}

/** The tag of an image of this run. */
export function imageTag({ label }: Engine, name: string): string {
  return `${label.replace(/[.=]/g, '-')}-${name}`;
}

/**
 * Runs one script, which is also what is printed, so it can be repeated by hand. The trap removes the directory. mktemp(1)
 * creates it with mode 700, which would be the mode of the image's root: hence chmod.
 */
export async function makeImage(
  engine: Engine,
  tag: string,
  { lines, start }: Recipe,
  print: PrintCommand,
): Promise<void> {
  const changes = [`LABEL ${engine.label}`, ...(start ? [start] : [])].map(
    (change) => `-c ${shellWord(change)}`,
  );
  const text = [
    `( set -e; root=$(mktemp -d); trap 'rm -rf "$root"' EXIT; cd "$root"; chmod 755 .`,
    ...lines,
    `tar -c . | docker import ${changes.join(' ')} - ${shellWord(tag)} >/dev/null )`,
  ].join('\n');
  print(text);
  await engine.script(text);
}

const RECIPES: Readonly<Record<ArticleRole, Recipe>> = {
  pause: { lines: [`cp ${shellWord(program('pause'))} pause`], start: 'ENTRYPOINT ["/pause"]' },
  busybox: {
    lines: [
      'mkdir bin tmp',
      'cp "$(command -v busybox)" bin/busybox',
      'for applet in sh sleep wget hostname; do ln -s busybox bin/$applet; done',
    ],
    start: 'CMD ["sh"]',
  },
  nginx: {
    lines: [
      'nginx=$(readlink -f "$(command -v nginx)")',
      'mkdir -p var/log/nginx var/lib/nginx run tmp',
      `{ ldd "$nginx" | grep -o '/[^ ]*'; echo "$nginx"`,
      '  find -L /etc/nginx /usr/share/nginx -type f; ls /etc/passwd /etc/group /etc/nsswitch.conf; } |',
      '  tar -chf - --files-from=- 2>/dev/null | tar -xf -',
    ],
    start: 'CMD ["nginx", "-g", "daemon off;"]',
  },
};
