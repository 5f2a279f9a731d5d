import { closeSync } from 'node:fs';
import { type OpenNetns, runInside } from '../observe/open-netns.ts';
import type { Instruction } from '../sys/bpf.ts';
import type { Kernel } from '../sys/invoke.ts';
import { bindPacketSocket, openPacketSocket, RING } from '../sys/packet-socket.ts';
import { type Relay, startRelay } from '../sys/relay.ts';
import type { Spawn } from '../sys/spawn.ts';

/** What is captured. */
export interface CaptureSpec {
  readonly netns: Pick<OpenNetns, 'fd' | 'home'>;
  /** One link; undefined: all, also those that come later. */
  readonly link: { readonly index: number; readonly name: string } | undefined;
  /** The links that a file describes at its begin. */
  readonly links: ReadonlyArray<{ readonly index: number; readonly description: string }>;
  readonly filter: readonly Instruction[];
  /** The filter in words. */
  readonly expression: string;
  /** How many packets, 0 for all. */
  readonly limit: number;
  /** Where blocks of pcapng are written: a descriptor; undefined: they are read from the relay. */
  readonly output: number | undefined;
}

/** Begins to capture. When this returns, no packet is missed. Call `prepareWindow` first. */
export function startCapture({ kernel, spawn }: { kernel: Kernel; spawn: Spawn }, spec: CaptureSpec): Relay {
  const { netns, link, links, filter, expression, limit, output } = spec;
  const socket = runInside(kernel, netns, () => openPacketSocket(kernel));
  try {
    bindPacketSocket(kernel, socket, filter, { index: link?.index ?? 0, equivalent: asTcpdump(spec) });
    return startRelay(spawn, {
      words: [
        ...['packets', RING.size, RING.blocks, limit].map(String),
        expression,
        ...links.flatMap(({ index, description }) => [String(index), description]),
      ],
      sources: [socket],
      output,
      purpose: 'reads the packets: it is nobody, enters no namespace, and ends with nslab',
    });
  } finally {
    closeSync(socket);
  }
}

function asTcpdump({ netns, link, expression, limit }: CaptureSpec): string {
  const enter = netns.home ? '' : `nsenter --net=/proc/self/fd/${netns.fd} `;
  const count = limit === 0 ? '' : ` -c ${limit}`;
  return `${enter}tcpdump -p -i ${link?.name ?? 'any'}${count}${expression === '' ? '' : ` '${expression}'`}`;
}
