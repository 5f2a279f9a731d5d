import { program } from '../../sys/programs.ts';
import { shellWord } from '../../transcript/shell-word.ts';
import { ROLES } from '../compared-pod.ts';
import type { Engine, Tell } from './engine.ts';

type ArticleRole = (typeof ROLES)[number];

/** What an image consists of. */
export interface Recipe {
  /** For sh, in the directory that becomes its root. */
  readonly lines: readonly string[];
  /** What runs in it unless something else is said, as a Dockerfile has it. */
  readonly start?: string;
}

/**
 * Images without a registry, of what this machine has: our pause, which is a static program; busybox; nginx with the
 * libraries that it needs. `docker import` makes an image of a tar. Returns what they are called.
 */
export async function makeImages(
  engine: Engine,
  roles: readonly ArticleRole[] = ROLES,
  command: Tell = () => {},
): Promise<Readonly<Record<ArticleRole, string>>> {
  const names = {
    pause: imageTag(engine, 'pause'),
    nginx: imageTag(engine, 'nginx'),
    busybox: imageTag(engine, 'busybox'),
  };
  for (const role of roles) await makeImage(engine, names[role], RECIPES[role], command);
  return names;
}

/** What an image of this run is called. */
export function imageTag({ label }: Engine, name: string): string {
  return `${label.replace(/[.=]/g, '-')}-${name}`;
}

/**
 * What is told is what is done: anybody can type it. The directory goes whatever happens. mktemp(1) keeps it from others,
 * and the image's root would be closed to all but root.
 */
export async function makeImage(
  engine: Engine,
  tag: string,
  { lines, start }: Recipe,
  command: Tell,
): Promise<void> {
  const changes = [`LABEL ${engine.label}`, ...(start ? [start] : [])].map(
    (change) => `-c ${shellWord(change)}`,
  );
  const text = [
    `( set -e; place=$(mktemp -d); trap 'rm -rf "$place"' EXIT; cd "$place"; chmod 755 .`,
    ...lines,
    `tar -c . | docker import ${changes.join(' ')} - ${shellWord(tag)} >/dev/null )`,
  ].join('\n');
  command(text);
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
