import type { ObservedEvent } from '../spec/observed-event.ts';
import * as c from '../sys/constants.ts';
import * as g from '../sys/netlink/groups.ts';
import { readAttributes, u32Of } from '../sys/netlink/reader.ts';
import { addressOf, eventOf, type GroupMessage, macIn, type NameOf, type Names, named } from './facts.ts';
import type { Links } from './links.ts';

/** Addresses, routes and neighbours, without what only repeats. */
export class Routes {
  readonly #links: Links;
  readonly #names: Names;
  readonly #nameOf: NameOf;
  /** Addresses that were told: the kernel repeats one of IPv6 when it is no longer tentative. */
  readonly #addresses = new Set<string>();
  /** What was said last of each neighbour: a working one goes through four states again and again. */
  readonly #neighbours = new Map<string, string>();

  constructor(links: Links, names: Names) {
    this.#links = links;
    this.#names = names;
    this.#nameOf = names.nameOf;
  }

  /** A namespace is gone, and its number may be another's next. */
  forget(nsid: number): void {
    for (const known of [this.#addresses, this.#neighbours])
      for (const place of known.keys()) if (place.startsWith(`${nsid} `)) known.delete(place);
  }

  event(message: GroupMessage): ObservedEvent | undefined {
    switch (message.type) {
      case c.RTM_NEWADDR:
      case g.RTM_DELADDR:
        return this.#address(message);
      case c.RTM_NEWROUTE:
      case g.RTM_DELROUTE:
        return this.#route(message);
      case g.RTM_NEWNEIGH:
      case g.RTM_DELNEIGH:
        return this.#neighbour(message);
      default:
        return undefined;
    }
  }

  /** struct ifaddrmsg */
  #address(message: GroupMessage): ObservedEvent | undefined {
    const { body, nsid, type } = message;
    const attributes = readAttributes(body, 8);
    const address = addressOf(attributes.get(c.IFA_LOCAL) ?? attributes.get(c.IFA_ADDRESS));
    if (address === undefined) return undefined;
    const index = body.readUInt32LE(4);
    const cidr = `${address}/${body.readUInt8(1)}`;
    const key = `${nsid} ${index} ${cidr}`;
    const words = `dev ${this.#links.nameOf(nsid, index)}`;
    const isLoopback = address === '::1' || address.startsWith('127.');
    if (!isLoopback) this.#names.learn(address, type === g.RTM_DELADDR ? undefined : message.where);
    if (type === g.RTM_DELADDR) {
      this.#addresses.delete(key);
      return eventOf(message, 'address', 'removed', cidr, `removed, ${words}`);
    }
    if (this.#addresses.has(key)) return undefined;
    this.#addresses.add(key);
    return eventOf(message, 'address', 'added', cidr, `added, ${words}`);
  }

  /** struct rtmsg. What follows from addresses (the table `local`, link-local networks) is not told. */
  #route(message: GroupMessage): ObservedEvent | undefined {
    const { body, nsid, type, flags } = message;
    const attributes = readAttributes(body, 12);
    const table = u32Of(attributes.get(g.RTA_TABLE)) ?? body.readUInt8(4);
    const prefix = body.readUInt8(1);
    const to = addressOf(attributes.get(c.RTA_DST));
    const isImplied = body.readUInt8(5) === g.RTPROT_KERNEL && (to?.startsWith('fe80:') ?? false);
    if (table === c.RT_TABLE_LOCAL || isImplied || (body.readUInt32LE(8) & g.RTM_F_CLONED) !== 0)
      return undefined;
    const gateway = addressOf(attributes.get(c.RTA_GATEWAY));
    const device = u32Of(attributes.get(c.RTA_OIF));
    const words = [
      gateway === undefined ? '' : `via ${named(gateway, this.#nameOf)}`,
      device === undefined ? '' : `dev ${this.#links.nameOf(nsid, device)}`,
      table === c.RT_TABLE_MAIN ? '' : `table ${table}`,
    ].filter((word) => word !== '');
    const object =
      to === undefined ? 'default' : prefix === (to.includes(':') ? 128 : 32) ? to : `${to}/${prefix}`;
    const [action, verb] =
      type === g.RTM_DELROUTE
        ? (['removed', 'removed'] as const)
        : (flags & c.NLM_F_REPLACE) !== 0
          ? (['changed', 'replaced'] as const)
          : (['added', 'added'] as const);
    return eventOf(message, 'route', action, object, [`${verb},`, ...words].join(' '));
  }

  /** struct ndmsg. Told is where a neighbour is, that it does not answer, and that it was forgotten. */
  #neighbour(message: GroupMessage): ObservedEvent | undefined {
    const { body, nsid, type } = message;
    if (body.readUInt8(0) === g.AF_BRIDGE) return undefined;
    const attributes = readAttributes(body, 12);
    const address = addressOf(attributes.get(c.NDA_DST));
    if (address === undefined) return undefined;
    const index = body.readInt32LE(4);
    const key = `${nsid} ${index} ${address}`;
    const before = this.#neighbours.get(key);
    const dev = `dev ${this.#links.nameOf(nsid, index)}`;
    const object = named(address, this.#nameOf);
    if (type === g.RTM_DELNEIGH) {
      this.#neighbours.delete(key);
      return before === undefined
        ? undefined
        : eventOf(message, 'neighbour', 'removed', object, `forgotten, ${dev}`);
    }
    const words = stateOf(body.readUInt16LE(8), macIn(attributes.get(g.NDA_LLADDR)));
    if (words === undefined || words === before) return undefined;
    this.#neighbours.set(key, words);
    return eventOf(
      message,
      'neighbour',
      before === undefined ? 'added' : 'changed',
      object,
      `${words}, ${dev}`,
    );
  }
}

/** Undefined for a state that says nothing new: NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_NOARP. */
function stateOf(state: number, mac: string): string | undefined {
  if ((state & c.NUD_FAILED) !== 0) return 'does not answer';
  if ((state & g.NUD_PERMANENT) !== 0) return `is at ${mac} for good`;
  return (state & g.NUD_REACHABLE) === 0 ? undefined : `is at ${mac}`;
}
