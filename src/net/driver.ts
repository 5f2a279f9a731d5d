import type { Operation } from './operations.ts';

/** Who carries out the operations of the table: iproute2, or messages of our own (rtnetlink). */
export type DriverName = 'ip' | 'netlink';

export const DRIVERS: readonly DriverName[] = ['netlink', 'ip'];

/** An interpreter of the table of operations, in this machine's network namespace or inside another one. */
export interface Driver {
  readonly name: DriverName;
  /** Applies them in order, up to the first that fails. Not atomic: what precedes a failure is done. */
  apply(operations: readonly Operation[], inside?: Inside): Promise<void>;
  /** A socket of the namespace in which this thread is now, to be opened in a window; undefined for a driver without sockets. */
  openNetnsSocket(): NetnsSocket | undefined;
  /** Asks, and changes nothing: all links of this machine. */
  links(): Promise<Link[]>;
  /** One of them; undefined when there is none of that name. */
  link(name: string): Promise<Link | undefined>;
  /** The IPv4 routes of all tables. */
  routes(): Promise<Route[]>;
  /** Whether rules send packets to other tables than the usual three. */
  hasPolicyRules(): Promise<boolean>;
  /** The tables of nftables for IPv4. */
  tables(): Promise<Table[]>;
  /** The chains of nftables that IPv4 packets pass. */
  chains(): Promise<Chain[]>;
}

/**
 * A network namespace: the pid of its holder (for the equivalent shell line), an open descriptor or a socket of it, and the name
 * that `ip netns` has for it, where there is one.
 */
export interface Inside {
  readonly pid: number;
  readonly fd: number | NetnsSocket;
  readonly name?: string;
}

/** A socket that was opened in a network namespace and stays with it, wherever the thread goes. */
export interface NetnsSocket {
  close(): void;
}

export interface Link {
  readonly name: string;
  readonly index: number;
  readonly mtu: number;
  /** `veth`, `bridge` …; undefined for hardware and loopback. */
  readonly kind?: string | undefined;
  readonly alias?: string | undefined;
  /** `0a:58:0a:f4:00:01` */
  readonly mac?: string | undefined;
  /** A number that many links may have in common; 0 by default. */
  readonly group: number;
}

/** A table of nftables. */
export interface Table {
  readonly name: string;
  readonly handle: string;
  readonly comment: string | undefined;
}

/** A chain of nftables. */
export interface Chain {
  /** `ip`, `inet` or `bridge`. */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Whether forwarded packets pass it. */
  readonly seesForwarded: boolean;
  /** Whether its policy drops them. */
  readonly dropsForwarded: boolean;
}

export interface Route {
  /** `default`, `10.244.0.0/16` or one address. A route by several devices is one for each. */
  readonly to: string;
  readonly device?: string | undefined;
}
