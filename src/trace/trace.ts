import { setTimeout as sleep } from 'node:timers/promises';
import { prepareWindow } from '../ns/window.ts';
import { runInside } from '../observe/open-netns.ts';
import type { KnownOwners } from '../observe/owner.ts';
import type { Trace } from '../spec/trace.ts';
import type { Kernel } from '../sys/invoke.ts';
import { makeTraceTable, type TracedFamily } from '../sys/netlink/trace-table.ts';
import { NFNLGRP_NFTRACE } from '../sys/nf-tables.ts';
import { PROTOCOLS, type ProbeProtocol, ProbeSocket, type ProbeState } from '../sys/probe-socket.ts';
import { unique } from '../sys/unique.ts';
import { toHop } from './hops.ts';
import { isDrop, listRules } from './rules.ts';
import { Sightings, TABLES } from './sightings.ts';
import { openStations, type Station, type Stations } from './stations.ts';
import { decide } from './verdict.ts';
import { isBeforeRouting, isDelivered, lastMark, leftBy, type Visit, wayOf } from './visits.ts';

/** From which network namespace a probe starts, and where it goes to. */
export interface ProbeSpec {
  /** The inode of the network namespace. */
  readonly from: number;
  readonly protocol: ProbeProtocol;
  readonly to: string;
  /** 0 for ICMP. */
  readonly port: number;
  /** What it was asked for as, where that was no address. */
  readonly name: string | undefined;
}

export interface Traced {
  readonly trace: Trace;
  /** What could not be seen, in sentences. */
  readonly unseen: readonly string[];
}

/** A codepoint that no standard uses: bridges, routers and address translation leave it as it is. */
const DSCP = 0x2a;

/** What icmp_send() makes of that DSCP: CS6, and one bit of the old TOS. net/ipv4/icmp.c; include/uapi/linux/ip.h: IPTOS_TOS_MASK */
const ERROR_DSCP = (((DSCP << 2) & 0x1e) | 0xc0) >> 2;

/** Sends one probe, watches it in every namespace that it may pass, and tells who stopped it. Nothing stays of it. */
export async function trace(kernel: Kernel, spec: ProbeSpec, known: KnownOwners): Promise<Traced> {
  await prepareWindow();
  const watched = new Set<number>();
  for (;;) {
    const { next, ...traced } = await probeOnce(kernel, spec, known, watched);
    if (next === undefined || watched.has(next)) return traced;
    watched.add(next);
  }
}

/** `next`: the inode of a namespace that it went to, and that was not watched. */
type Round = Traced & { readonly next: number | undefined };

async function probeOnce(
  kernel: Kernel,
  spec: ProbeSpec,
  known: KnownOwners,
  watched: ReadonlySet<number>,
): Promise<Round> {
  const stations = openStations(kernel, spec.from, known);
  try {
    const probe = runInside(kernel, stations.source.netns, () =>
      ProbeSocket.open(kernel, spec.protocol, DSCP << 2),
    );
    try {
      return { ...(await follow(kernel, spec, { stations, watched }, probe)), unseen: stations.unseen };
    } finally {
      probe.close();
    }
  } finally {
    stations.close();
  }
}

async function follow(
  kernel: Kernel,
  { protocol, to, port, name }: ProbeSpec,
  { stations: { source, byInode }, watched }: { stations: Stations; watched: ReadonlySet<number> },
  probe: ProbeSocket,
): Promise<Omit<Round, 'unseen'>> {
  const table = `${TABLES}${unique()}`;
  const all = [...byInode.values()];
  const near = all.filter(
    (each) => each === source || isTransit(each) || each.addresses.has(to) || watched.has(each.inode),
  );
  for (const station of near) watch(station, table, probe);
  const facts = { protocol, port: probe.port, dscp: DSCP, table };
  const sightings = new Sightings(facts, source, near);
  const findNext = () => unwatched(wayOf(sightings.probe).at(-1), all, near);
  const state = await settle(probe, sightings, probe.send(to, port), findNext);
  const [way, answer] = [wayOf(sightings.probe), wayOf(sightings.answer)];
  const textOf = await listRules(kernel, [...sightings.probe, ...sightings.answer]);
  const first = sightings.probe[0]?.packet;
  return {
    next: findNext()?.inode,
    trace: {
      from: { label: source.label, inode: source.inode },
      probe: {
        protocol,
        source: first ? `${first.from}${protocol === 'icmp' ? '' : `:${probe.port}`}` : null,
        destination: protocol === 'icmp' ? to : `${to}:${port}`,
        name: name ?? null,
        dscp: DSCP,
      },
      hops: way.map((visit) => toHop(visit, textOf)),
      answer: answer.map((visit) => toHop(visit, textOf)),
      verdict: decide({ kernel, source, protocol, to, port, state, way, answer, textOf }),
    },
  };
}

/** A namespace with one link only passes nothing on. Of a thousand pods most are such, and a table in each would take seconds. */
function isTransit({ netns, peers }: Station): boolean {
  return netns.home || peers.size > 1;
}

/** The namespace that the packet went to, by the link that it left by or by its address, if that one was not watched. */
function unwatched(
  last: Visit | undefined,
  all: readonly Station[],
  near: readonly Station[],
): Station | undefined {
  const sighting = last && lastMark(last);
  if (!last || sighting?.mark?.hook !== 'postrouting') return undefined;
  const peer = last.station.peers.get(leftBy(last) ?? 0);
  const next = all.find(({ inode, addresses }) =>
    peer ? inode === peer.inode : addresses.has(sighting.packet.to),
  );
  return next && !near.includes(next) ? next : undefined;
}

/** A kernel without bridges has no hooks of theirs. */
function watch(
  { sockets: { netfilter, shell } }: Station,
  name: string,
  { protocol, port }: ProbeSocket,
): void {
  const answers = protocol === 'icmp' ? undefined : { protocol: PROTOCOLS[protocol].number, port };
  const packets = { dscp: DSCP, errorDscp: ERROR_DSCP, answers };
  const make = (family: TracedFamily) => makeTraceTable(netfilter, { name, family, packets }, shell);
  make('ip');
  try {
    make('bridge');
  } catch {
    // Then nothing is seen between the ports of a bridge, and everything at the IP layer.
  }
  netfilter.subscribe(
    NFNLGRP_NFTRACE,
    'NFNLGRP_NFTRACE',
    'what the chains do to the probe comes to this socket',
  );
}

/** Milliseconds: ARP gives up after three seconds, and what is reported of it is the verdict. net.ipv4.neigh.default.mcast_solicit */
const PATIENCE = 4500;

/** Milliseconds in which an error comes that the kernel sends at once. */
const GRACE = 200;

/** Waits for what becomes of the probe: an answer, an error, or that nothing more can come of it. */
async function settle(
  probe: ProbeSocket,
  sightings: Sightings,
  refused: number,
  findNext: () => Station | undefined,
): Promise<ProbeState> {
  const end = performance.now() + PATIENCE;
  let decided = Number.POSITIVE_INFINITY;
  let state: ProbeState = refused === 0 ? { is: 'waiting' } : { is: 'failed', errno: refused };
  for (let pause = 1; state.is === 'waiting'; pause = Math.min(pause * 2, 20)) {
    const now = performance.now();
    if (now > end || now > decided + GRACE) break;
    await sleep(pause);
    state = probe.state();
    sightings.collect();
    decided =
      isDecided(probe, sightings) || findNext()
        ? Math.min(decided, performance.now())
        : Number.POSITIVE_INFINITY;
  }
  sightings.collect();
  return state;
}

/** Whether the kernel has dropped it, or has delivered what is not answered. It does so within the very call that sends a packet. */
function isDecided({ protocol }: ProbeSocket, { probe, answer }: Sightings): boolean {
  if (probe.some(isDrop) || answer.some(isDrop)) return true;
  const last = wayOf(probe).at(-1);
  return last !== undefined && (isBeforeRouting(last) || (protocol === 'udp' && isDelivered(last)));
}
