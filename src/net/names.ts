import { createHash } from 'node:crypto';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * A name for a kernel object of ours: a prefix and 40 bits of its owner's name. Device names end at 15 characters
 * (IFNAMSIZ), and a cut name would be another pod's one day; another `salt` gives another name when one is taken.
 */
export function kernelName(prefix: string, owner: string, salt: number): string {
  const hash = createHash('sha256').update(`${owner}\0${salt}`).digest();
  const letters = [...hash.subarray(0, 8)].map((byte) => BASE32[byte & 31]);
  return prefix + letters.join('');
}

/** The owner's mark on a link (its alias) and on nft objects (their comment). */
export function mark(kind: 'pod' | 'network' | 'lab', name: string): string {
  return `nslab:${kind}/${name}`;
}
