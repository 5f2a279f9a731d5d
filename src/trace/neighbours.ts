import { type OpenNetns, runInside } from '../observe/open-netns.ts';
import * as c from '../sys/constants.ts';
import type { Kernel } from '../sys/invoke.ts';
import { readAttributes } from '../sys/netlink/reader.ts';
import { type Message, NetlinkSocket } from '../sys/netlink/socket.ts';

/** A neighbour that is known in a network namespace: which link address an address has there. */
interface Neighbour {
  readonly device: number;
  readonly address: string;
  readonly state: number;
}

/**
 * The neighbours that questions make known. All network namespaces of the machine share one table of them, which has room for a
 * thousand (net.ipv4.neigh.default.gc_thresh3): the questions of forty pods to one another would fill it, and nobody on the machine
 * would find a new neighbour.
 */
export class MadeNeighbours {
  readonly #places: readonly Place[];
  readonly #addresses: ReadonlySet<string>;

  private constructor(places: readonly Place[], addresses: ReadonlySet<string>) {
    this.#places = places;
    this.#addresses = addresses;
  }

  /** `addresses`: those that are asked, and those that ask. What is known of them before stays. */
  static open(kernel: Kernel, open: Iterable<OpenNetns>, addresses: ReadonlySet<string>): MadeNeighbours {
    const places: Place[] = [];
    try {
      for (const netns of open) {
        const socket = runInside(kernel, netns, () => NetlinkSocket.open(kernel));
        places.push({
          socket,
          shell: netns.home ? '' : `nsenter --net=/proc/self/fd/${netns.fd} `,
          before: new Set(),
        });
      }
      const made = new MadeNeighbours(places, addresses);
      for (const place of places)
        for (const neighbour of made.#list(place)) place.before.add(keyOf(neighbour));
      return made;
    } catch (error) {
      for (const { socket } of places) socket.close();
      throw error;
    }
  }

  /** Those that are being looked for are left alone until `all`: a packet waits for each. */
  forget(which: 'found' | 'all'): void {
    for (const place of this.#places) {
      const made = this.#list(place).filter(
        (neighbour) =>
          this.#addresses.has(neighbour.address) &&
          !place.before.has(keyOf(neighbour)) &&
          (which === 'all' || neighbour.state !== c.NUD_INCOMPLETE),
      );
      if (made.length > 0) remove(place, made);
    }
  }

  close(): void {
    for (const { socket } of this.#places) socket.close();
  }

  #list({ socket, shell }: Place): Neighbour[] {
    const answers = socket.ask(
      { type: c.RTM_GETNEIGH, flags: 0, asks: 'all', body: (write) => ndmsg(write, 0) },
      {
        args: '{RTM_GETNEIGH, NLM_F_DUMP, AF_INET}',
        equivalent: `${shell}ip -4 neigh show`,
        purpose:
          'which neighbours are known there, so that only those are forgotten that the questions have made known',
      },
    );
    return answers.flatMap(({ body }) => {
      const address = readAttributes(body, 12).get(c.NDA_DST)?.join('.');
      if (address === undefined) return [];
      return [{ device: body.readInt32LE(4), address, state: body.readUInt16LE(8) }];
    });
  }
}

interface Place {
  readonly socket: NetlinkSocket;
  /** The prefix of an equivalent shell command. */
  readonly shell: string;
  readonly before: Set<string>;
}

const keyOf = ({ device, address }: Neighbour) => `${device} ${address}`;

/** One that is gone by now is no failure. */
function remove({ socket, shell }: Place, made: readonly Neighbour[]): void {
  for (const { device, address } of made)
    socket.exchange([{ type: c.RTM_DELNEIGH, flags: 0, body: (write) => ndmsg(write, device, address) }], {
      args: `{RTM_DELNEIGH ${address}}`,
      equivalent: `${shell}ip neigh flush to ${address}`,
      purpose: 'forgets a neighbour that a question has made known: all namespaces share one small table',
    });
}

/** struct ndmsg: family, padding, index, state, flags, type */
function ndmsg(write: Parameters<Message['body']>[0], device: number, address?: string): void {
  write.fixed([1, c.AF_INET], [1, 0], [2, 0], [4, device], [2, 0], [1, 0], [1, 0]);
  if (address !== undefined) write.bytes(c.NDA_DST, Buffer.from(address.split('.').map(Number)));
}
