import { closeSync } from 'node:fs';
import { askLinks, type LinkAnswer } from '../net/netlink-answers.ts';
import { describeNetns } from '../observe/describe-netns.ts';
import {
  closeAllNetns,
  type OpenNetns,
  openAllNetns,
  openNetnsAt,
  runInside,
} from '../observe/open-netns.ts';
import { findOwner, type KnownOwners } from '../observe/owner.ts';
import { scanProc } from '../observe/scan-proc.ts';
import type { Kernel } from '../sys/invoke.ts';
import { nsidOf } from '../sys/netlink/nsid.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import { HOME } from './facts.ts';

/** Who is who among network namespaces. Asked anew when one is met that was not there before. */
export interface NetnsSources {
  /** The paths of our pods' namespaces, also of those that are being made. */
  pods(): Iterable<readonly [label: string, path: string]>;
  owners(): KnownOwners;
}

/** The labels of network namespaces by nsid: the number by which this host's namespace knows another. */
export class Namespaces {
  readonly #kernel: Kernel;
  readonly #route: NetlinkSocket;
  readonly #sources: NetnsSources;
  readonly #labels = new Map<number, string>([[HOME, 'host']]);
  /** Told of a namespace when it is met, with its links. */
  readonly #met: (nsid: number, links: readonly LinkAnswer[]) => void;
  /** From when on all of /proc may be read again, in milliseconds. */
  #due = 0;

  constructor(
    kernel: Kernel,
    route: NetlinkSocket,
    sources: NetnsSources,
    met: (nsid: number, links: readonly LinkAnswer[]) => void,
  ) {
    this.#met = met;
    this.#kernel = kernel;
    this.#route = route;
    this.#sources = sources;
  }

  /** Those that are there now, each with its links. */
  readAll(): ReadonlyArray<readonly [nsid: number, links: readonly LinkAnswer[]]> {
    const found: [number, readonly LinkAnswer[]][] = [[HOME, askLinks(this.#route, 'ip link show', LINKS)]];
    this.#scan((nsid, netns) => found.push([nsid, this.#linksIn(netns)]));
    return found;
  }

  /** `host`, `pod web`, `docker db`; `nsid 4` where nothing is known of it. */
  labelOf(nsid: number): string {
    if (!this.#labels.has(nsid)) this.#askPods(nsid);
    if (!this.#labels.has(nsid) && performance.now() > this.#due) this.#scan();
    return this.#labels.get(nsid) ?? `nsid ${nsid}`;
  }

  /** The number may be another's next. */
  forget(nsid: number): void {
    this.#labels.delete(nsid);
  }

  #askPods(wanted: number): void {
    const known = new Set(this.#labels.values());
    for (const [label, path] of this.#sources.pods()) {
      if (known.has(label)) continue;
      const netns = openNetnsAt(this.#kernel, path);
      if (!netns) continue;
      const nsid = nsidOf(this.#route, netns.fd);
      if (nsid !== undefined) {
        this.#labels.set(nsid, label);
        this.#met(nsid, this.#linksIn(netns));
      }
      closeSync(netns.fd);
      if (nsid === wanted) return;
    }
  }

  #linksIn(netns: Open): readonly LinkAnswer[] {
    const socket = runInside(this.#kernel, netns, () => ({ route: NetlinkSocket.open(this.#kernel) })).route;
    try {
      return askLinks(socket, `nsenter --net=/proc/self/fd/${netns.fd} ip link show`, LINKS);
    } finally {
      socket.close();
    }
  }

  #scan(visit?: (nsid: number, netns: Open) => void): void {
    const begun = performance.now();
    const scan = scanProc(['net', 'mnt']);
    const known = this.#sources.owners();
    const ownerOf = findOwner(scan, known);
    const open = openAllNetns(scan);
    try {
      for (const netns of open.values()) {
        const nsid = netns.home ? undefined : nsidOf(this.#route, netns.fd);
        if (nsid === undefined) continue;
        const isNew = !this.#labels.has(nsid);
        if (isNew) this.#labels.set(nsid, describeNetns(netns, known, ownerOf).label);
        if (visit) visit(nsid, netns);
        else if (isNew) this.#met(nsid, this.#linksIn(netns));
      }
    } finally {
      closeAllNetns(open);
    }
    // However many processes there are, and unknown namespaces, this takes a tenth of the time.
    this.#due = performance.now() + 10 * (performance.now() - begun);
  }
}

type Open = Pick<OpenNetns, 'fd' | 'home'>;

const LINKS = 'which links there are: an event names them by number';
