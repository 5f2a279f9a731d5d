import { setImmediate as nextTurn } from 'node:timers/promises';
import { prepareWindow } from '../ns/window.ts';
import { closeAllNetns, type OpenNetns, openAllNetns, runInside } from '../observe/open-netns.ts';
import { scanProc } from '../observe/scan-proc.ts';
import type { ReachResult } from '../spec/reachability.ts';
import { errnoWords, OperationError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { ProbeSocket, type ProbeState } from '../sys/probe-socket.ts';
import { MadeNeighbours } from './neighbours.ts';

/** One question: does that address answer, when it is asked from this network namespace? */
export interface Ask {
  /** The inode of the network namespace. */
  readonly from: number;
  readonly by: 'icmp' | 'tcp';
  readonly address: string;
  /** 0 for ICMP. */
  readonly port: number;
}

export interface Answered {
  readonly result: ReachResult;
  readonly rtt: number | null;
  readonly errno: string | null;
}

/** Questions in flight: a socket each. What is silent holds a place until its time is over, and no other question waits for it alone. */
const AT_ONCE = 128;

/** After so many answers the neighbours that they have made known are forgotten. */
const REMEMBERED = 64;

/** After so many questions the answers are looked at: what waits meanwhile would be taken for slow. */
const IN_A_ROW = 16;

/** Milliseconds of one poll(2): signals are heard in between. */
const LONGEST_POLL = 10;

/** The first packet to a neighbour waits for ARP: the second one shows the time of the way. */
const ROUNDS = { icmp: 2, tcp: 1 } as const;

/**
 * Asks all questions, each from inside its network namespace, many at the same time. An answer is waited for `patience`
 * milliseconds. In the order of the questions.
 */
export async function ping<A extends Ask>(
  kernel: Kernel,
  asks: readonly A[],
  patience: number,
): Promise<(A & Answered)[]> {
  await prepareWindow();
  const open = openWanted(new Set(asks.map(({ from }) => from)));
  const neighbours = MadeNeighbours.open(kernel, open.values(), new Set(asks.map(({ address }) => address)));
  const flying = new Map<ProbeSocket, Flight>();
  const found = new Map<number, Answered>();
  let landed = 0;
  const land = (flight: Flight) => {
    if (!flight.found) return;
    landed += 1;
    flying.delete(flight.socket);
    flight.socket.close();
    found.set(flight.index, flight.found);
  };
  try {
    for (let next = 0; next < asks.length || flying.size > 0; await nextTurn()) {
      const end = Math.min(asks.length, next + AT_ONCE - flying.size, next + IN_A_ROW);
      for (; next < end; next++) {
        const flight = launch(kernel, asks[next] as A, next, open);
        flying.set(flight.socket, flight);
        land(flight);
      }
      const isFull = next >= asks.length || flying.size >= AT_ONCE;
      const sockets = [...flying.keys()];
      for (const socket of ProbeSocket.ready(kernel, sockets, isFull ? LONGEST_POLL : 0)) {
        const flight = flying.get(socket) as Flight;
        look(flight);
        land(flight);
      }
      for (const flight of flying.values()) {
        if (performance.now() - flight.sent >= patience) flight.found = answered(flight.rtt);
        land(flight);
      }
      if (landed >= REMEMBERED) {
        neighbours.forget('found');
        landed = 0;
      }
    }
    neighbours.forget('all');
  } finally {
    for (const socket of flying.keys()) socket.close();
    neighbours.close();
    closeAllNetns(open);
  }
  return asks.map((ask, index) => ({ ...ask, ...(found.get(index) as Answered) }));
}

interface Flight {
  readonly ask: Ask;
  readonly index: number;
  readonly socket: ProbeSocket;
  sent: number;
  round: number;
  /** The best time so far. */
  rtt: number | null;
  found?: Answered;
}

function openWanted(inodes: ReadonlySet<number>): Map<number, OpenNetns> {
  const { namespaces } = scanProc(['net', 'mnt']);
  return openAllNetns({ namespaces: new Map([...namespaces].filter(([inode]) => inodes.has(inode))) });
}

function launch(kernel: Kernel, ask: Ask, index: number, open: ReadonlyMap<number, OpenNetns>): Flight {
  const netns = open.get(ask.from);
  if (!netns) throw new OperationError(`the network namespace net:[${ask.from}] cannot be opened`);
  const socket = runInside(kernel, netns, () => ProbeSocket.open(kernel, ask.by));
  const flight: Flight = { ask, index, socket, sent: 0, round: 0, rtt: null };
  send(flight);
  return flight;
}

function send(flight: Flight): void {
  const { ask, socket } = flight;
  flight.round += 1;
  flight.sent = performance.now();
  const errno = socket.send(ask.address, ask.port);
  if (errno === 0) look(flight);
  else flight.found = failed(errno);
}

function look(flight: Flight): void {
  const state: ProbeState = flight.socket.state();
  if (state.is === 'waiting') return;
  if (state.is === 'failed') {
    flight.found = flight.rtt === null ? failed(state.errno) : answered(flight.rtt);
    return;
  }
  const rtt = flight.socket.roundTrip() || performance.now() - flight.sent;
  flight.rtt = Math.min(flight.rtt ?? rtt, rtt);
  if (flight.round < ROUNDS[flight.ask.by]) send(flight);
  else flight.found = answered(flight.rtt);
}

function answered(rtt: number | null): Answered {
  if (rtt === null) return { result: 'silent', rtt, errno: null };
  return { result: 'reached', rtt: Number(rtt.toFixed(3)), errno: null };
}

function failed(errno: number): Answered {
  const [name] = errnoWords(errno);
  return { result: errno === ECONNREFUSED ? 'refused' : 'unreachable', rtt: null, errno: name };
}

const ECONNREFUSED = 111;
