import type { Kind } from '../ns/kinds.ts';
import { parseLink } from '../ns/namespace.ts';

/** A namespace that is mounted somewhere, as `ip netns add` does. */
export interface NsfsMount {
  readonly kind: Kind;
  readonly inode: number;
  /** As the process sees it whose mountinfo was read. */
  readonly path: string;
}

/** The namespaces among the mounts of a /proc/PID/mountinfo. proc_pid_mountinfo(5) */
export function nsfsMounts(mountinfo: string): NsfsMount[] {
  if (!mountinfo.includes(' - nsfs ')) return [];
  return mountinfo.split('\n').flatMap((line) => {
    if (!line.includes(' - nsfs ')) return [];
    const [, , , root = '', point = ''] = line.split(' ');
    const namespace = parseLink(root);
    return namespace ? [{ ...namespace, path: unescaped(point) }] : [];
  });
}

/** Blanks, newlines and backslashes are written as three octal digits, byte by byte. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text).toString('latin1');
  const plain = bytes.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(plain, 'latin1').toString();
}
