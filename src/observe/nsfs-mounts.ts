import type { Kind } from '../ns/kinds.ts';
import { parseLink } from '../ns/namespace.ts';

/** A bind mount of a namespace, as `ip netns add` makes it. */
export interface NsfsMount {
  readonly kind: Kind;
  readonly inode: number;
  /** As seen by the process whose mountinfo was read. */
  readonly path: string;
}

/** The nsfs mounts in the text of /proc/PID/mountinfo. proc_pid_mountinfo(5) */
export function nsfsMounts(mountinfo: string): NsfsMount[] {
  if (!mountinfo.includes(' - nsfs ')) return [];
  return mountinfo.split('\n').flatMap((line) => {
    if (!line.includes(' - nsfs ')) return [];
    const [, , , root = '', point = ''] = line.split(' ');
    const namespace = parseLink(root);
    return namespace ? [{ ...namespace, path: unescaped(point) }] : [];
  });
}

/** mountinfo escapes blanks, newlines and backslashes as three octal digits per byte. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text).toString('latin1');
  const plain = bytes.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(plain, 'latin1').toString();
}
