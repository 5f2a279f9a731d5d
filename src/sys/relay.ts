import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CONTROL_FD, SOURCE_FD } from './descriptors.ts';
import { OperationError } from './errors.ts';
import { type CapturedPacket, PcapngReader } from './pcapng.ts';
import { program } from './programs.ts';
import type { Spawn } from './spawn.ts';

/** What `relay` reads, and where its output goes. native/README.md */
export interface RelaySpec {
  /** Behind its name. */
  readonly words: readonly string[];
  /** The sockets that it reads. It gets copies: the caller closes its own. */
  readonly sources: readonly number[];
  /** A descriptor of ours; undefined: it is read here. */
  readonly output: number | undefined;
  readonly purpose: string;
}

/** The last word of a relay. */
export interface RelaySummary {
  readonly captured: number;
  /** By the filter. */
  readonly received: number;
  /** By the kernel, which found no room. */
  readonly dropped: number;
  /** 0; why it ended before it was asked to. */
  readonly errno: number;
}

export interface Relay {
  readonly pid: number;
  /** What it has read, in whatever pieces it comes; nothing where its output goes elsewhere. */
  packets(): AsyncGenerator<readonly CapturedPacket[]>;
  readonly finished: Promise<RelaySummary>;
  /** It writes what has come until now, and ends. */
  stop(): void;
  /** Where its output is stuck. */
  kill(): void;
}

/** Starts `relay`: libuv takes no sockets of AF_PACKET and AF_NETLINK. It ends when this process does. */
export function startRelay(spawn: Spawn, { words, sources, output, purpose }: RelaySpec): Relay {
  const file = program('relay');
  const stdio = ['ignore', output ?? 'pipe', 'ignore', 'pipe', ...sources] as const;
  if (stdio[CONTROL_FD] !== 'pipe' || stdio.length < SOURCE_FD)
    throw new TypeError('the descriptors of the relay');
  const { pid, child } = spawn({
    file,
    argv: [file, ...words],
    stdio,
    env: {},
    purpose,
    bornInto: "nslab's own namespaces",
    session: 'own',
  });
  const control = child.stdio[CONTROL_FD] as unknown as Readable & Writable;
  // It may be gone when it is asked to end.
  control.on('error', () => {});
  const finished = text(control).then(summaryOf);
  // Its caller may fail before it waits for that.
  finished.catch(() => {});
  return {
    pid,
    async *packets() {
      const reader = new PcapngReader();
      if (child.stdout) for await (const piece of child.stdout) yield reader.read(piece as Buffer);
    },
    finished,
    stop: () => void control.end(),
    kill: () => void child.kill('SIGKILL'),
  };
}

function summaryOf(said: string): RelaySummary {
  const [, captured, received, dropped, errno] =
    /^captured (\d+) received (\d+) dropped (\d+) errno (\d+)$/m.exec(said) ?? [];
  if (errno === undefined)
    throw new OperationError('the reader of packets (native/relay) was killed, or could not begin', {
      hint: 'does `make -C native` build it, and is there memory? `free -m`',
    });
  return {
    captured: Number(captured),
    received: Number(received),
    dropped: Number(dropped),
    errno: Number(errno),
  };
}
