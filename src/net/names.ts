import { createHash } from 'node:crypto';
import { base32 } from '../sys/base32.ts';

/**
 * A name for a kernel object of ours: a prefix and 40 bits of a hash of its owner. Device names end at 15 characters
 * (IFNAMSIZ), and a cut name would be another pod's one day; another `salt` gives another name when one is taken.
 */
export function kernelName(prefix: string, owner: string, salt: number): string {
  return prefix + base32(createHash('sha256').update(`${owner}\0${salt}`).digest());
}

/** What owns a kernel object: an entry of one state directory. */
export interface Owner {
  /** The id of the state directory. */
  readonly instance: string;
  /** The id of the pod, network or lab: a name is used again, this is not. */
  readonly uid: string;
  /** For readers: `pod/web`, `network/default`. */
  readonly label: string;
}

/** An owner whose record is damaged: its name is known, and its uid is not. */
export type KnownOwner = Omit<Owner, 'uid'> & { readonly uid?: string | undefined };

/** The mark of an owner, as it stands in a link's alias or an nft object's comment. A long name is cut: its uid is whole. */
export function mark({ instance, uid, label }: Owner): string {
  return `nslab:${instance}:${uid} ${label}`.slice(0, MAX_COMMENT);
}

/** What nft(8) takes as a comment; an alias of a link may have 255 bytes. */
const MAX_COMMENT = 128;

/** Whether an alias or a comment is the mark of the owner: by the uid, which is all that tells two of one name apart. */
export function bearsMark(text: unknown, { instance, uid, label }: KnownOwner): boolean {
  const found = ownerIn(text);
  return (
    found?.instance === instance &&
    (uid === undefined ? text === mark({ ...found, label }) : found.uid === uid)
  );
}

/** The owner that an alias or a comment names; undefined where it is no mark of any instance. */
export function ownerIn(text: unknown): Owner | undefined {
  if (typeof text !== 'string') return undefined;
  const [, instance, uid, label = ''] = /^nslab:([a-z2-7]{8}):([0-9a-z]+)(?: (.*))?$/.exec(text) ?? [];
  return instance === undefined || uid === undefined ? undefined : { instance, uid, label };
}

/**
 * The group number of an instance's links. It is set in the message that creates a link, so that a link is known to be ours
 * before its alias is set. Never 0, which every other link has.
 */
export function groupOf(instance: string): number {
  return (createHash('sha256').update(instance).digest().readUInt32BE(0) & 0x7fffffff) | 0x10000;
}
