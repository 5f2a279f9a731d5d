import { SocketAddress } from 'node:net';
import type { EventType, ObservedEvent } from '../spec/observed-event.ts';
import type { Answer } from '../sys/netlink/reader.ts';

/** A message of a group, and the namespace that it is about. */
export interface GroupMessage extends Answer {
  readonly time: bigint;
  readonly nsid: number;
  /** The label of that namespace. */
  readonly where: string;
}

/** The namespace of the socket itself, as a message has it. */
export const HOME = -1;

/** What an address is called: `pod web`. */
export type NameOf = (address: string) => string | undefined;

/** The same, where names are learnt from events. */
export interface Names {
  readonly nameOf: NameOf;
  /** Undefined: it is free again. */
  learn(address: string, name: string | undefined): void;
}

/** Makes the event of a message. */
export function eventOf(
  { time, where }: Pick<GroupMessage, 'time' | 'where'>,
  type: EventType,
  action: ObservedEvent['action'],
  object: string,
  message: string,
): ObservedEvent {
  return { time, type, action, where, object, message };
}

/** Four or sixteen bytes as inet_ntop(3) writes them. */
export function addressOf(bytes: Buffer | undefined): string | undefined {
  if (bytes?.length === 4) return bytes.join('.');
  if (bytes?.length !== 16) return undefined;
  const address = bytes.toString('hex').replace(/....(?=.)/g, '$&:');
  return new SocketAddress({ family: 'ipv6', address }).address;
}

export function macIn(bytes: Buffer | undefined): string {
  return bytes?.toString('hex').replace(/..(?=.)/g, '$&:') ?? '';
}

/** `10.244.0.2 (pod web)` */
export function named(address: string, nameOf: NameOf): string {
  const name = nameOf(address);
  return name === undefined ? address : `${address} (${name})`;
}
