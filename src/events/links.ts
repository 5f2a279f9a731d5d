import { kindOf, type LinkAnswer, macOf, toLinkAnswer } from '../net/netlink-answers.ts';
import type { ObservedEvent } from '../spec/observed-event.ts';
import * as c from '../sys/constants.ts';
import * as g from '../sys/netlink/groups.ts';
import { textOf, u32Of } from '../sys/netlink/reader.ts';
import { eventOf, type GroupMessage, HOME } from './facts.ts';

/** What is told of a link when it changes. */
interface LinkFacts {
  readonly name: string;
  readonly state: string;
  readonly master: number;
  readonly mtu: number;
  readonly mac: string;
  readonly alias: string;
}

/** The links of all namespaces, by which events name them, and what has changed of one. */
export class Links {
  readonly #known = new Map<string, LinkFacts>();
  /** Of links that no message has told of yet. */
  readonly #names = new Map<string, string>();
  readonly #labelOf: (nsid: number) => string;

  constructor(labelOf: (nsid: number) => string) {
    this.#labelOf = labelOf;
  }

  note(nsid: number, link: LinkAnswer): void {
    this.#known.set(key(nsid, link.index), factsOf(link));
  }

  noteName(nsid: number, { index, name }: LinkAnswer): void {
    this.#names.set(key(nsid, index), name);
  }

  /** A namespace is gone, and its number may be another's next. */
  forget(nsid: number): void {
    for (const known of [this.#known, this.#names])
      for (const place of known.keys()) if (place.startsWith(`${nsid} `)) known.delete(place);
  }

  nameOf(nsid: number, index: number): string {
    const place = key(nsid, index);
    return this.#known.get(place)?.name ?? this.#names.get(place) ?? `if${index}`;
  }

  /** None where a message repeats what is known. */
  event(message: GroupMessage): ObservedEvent | undefined {
    // What a bridge says of its ports is in their own messages, too.
    if (message.body.readUInt8(0) === g.AF_BRIDGE) return undefined;
    const link = toLinkAnswer(message);
    const place = key(message.nsid, link.index);
    const before = this.#known.get(place);
    if (message.type === c.RTM_DELLINK) {
      this.#known.delete(place);
      const moved = link.attributes.get(g.IFLA_NEW_NETNSID)?.readInt32LE(0);
      const words = moved === undefined ? 'removed' : `moved to ${this.#farLabel(message.nsid, moved)}`;
      return eventOf(message, 'link', 'removed', link.name, words);
    }
    const now = factsOf(link);
    this.#known.set(place, now);
    if (before === undefined)
      return eventOf(message, 'link', 'added', now.name, this.#birth(message.nsid, link, now));
    const changes = this.#changes(message.nsid, before, now);
    return changes.length === 0
      ? undefined
      : eventOf(message, 'link', 'changed', now.name, changes.join(', '));
  }

  #birth(nsid: number, link: LinkAnswer, { state, master, mtu }: LinkFacts): string {
    const far = link.attributes.get(c.IFLA_LINK_NETNSID)?.readInt32LE(0);
    const peer = u32Of(link.attributes.get(c.IFLA_LINK));
    return [
      'added',
      kindOf(link) ?? '',
      far === undefined || !peer ? '' : `peer if${peer} in ${this.#farLabel(nsid, far)}`,
      `mtu ${mtu}`,
      state,
      master === 0 ? '' : `port of ${this.nameOf(nsid, master)}`,
    ]
      .filter((word) => word !== '')
      .join(', ');
  }

  /** A nsid in a message is the one by which its own namespace knows another. Those of this host's are known. */
  #farLabel(nsid: number, far: number): string {
    return nsid === HOME ? this.#labelOf(far) : 'another namespace';
  }

  #changes(nsid: number, before: LinkFacts, now: LinkFacts): string[] {
    const words: string[] = [];
    if (before.name !== now.name) words.push(`renamed from ${before.name}`);
    if (before.state !== now.state) words.push(now.state);
    if (before.master !== now.master)
      words.push(
        now.master === 0
          ? `no port of ${this.nameOf(nsid, before.master)} any more`
          : `port of ${this.nameOf(nsid, now.master)}`,
      );
    if (before.mtu !== now.mtu) words.push(`mtu ${before.mtu} -> ${now.mtu}`);
    if (before.mac !== now.mac) words.push(`address ${now.mac}`);
    if (before.alias !== now.alias) words.push(`alias ${now.alias}`);
    return words;
  }
}

function factsOf(link: LinkAnswer): LinkFacts {
  const { name, flags, attributes } = link;
  const isUp = (flags & c.IFF_UP) !== 0;
  return {
    name,
    state: !isUp ? 'down' : (flags & g.IFF_LOWER_UP) !== 0 ? 'up' : 'up without carrier',
    master: u32Of(attributes.get(c.IFLA_MASTER)) ?? 0,
    mtu: u32Of(attributes.get(c.IFLA_MTU)) ?? 0,
    mac: macOf(link) ?? '',
    alias: textOf(attributes.get(c.IFLA_IFALIAS)) ?? '',
  };
}

function key(nsid: number, index: number): string {
  return `${nsid} ${index}`;
}
