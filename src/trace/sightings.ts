import { IPPROTO_ICMP } from '../sys/constants.ts';
import { type TraceEvent, toTraceEvent } from '../sys/netlink/trace-events.ts';
import { HOOKS, type Hook } from '../sys/netlink/trace-table.ts';
import { PROTOCOLS, type ProbeProtocol } from '../sys/probe-socket.ts';
import { type Packet, toPacket } from './packet.ts';
import type { Station } from './stations.ts';

/** The probe's packet or its answer, seen by a chain. */
export interface Sighting {
  readonly station: Station;
  readonly event: TraceEvent;
  /** As it was when it came into the base chain. */
  readonly packet: Packet;
  readonly iif: number | undefined;
  readonly oif: number | undefined;
  /** Where it was, if the chain is one of the trace's own. */
  readonly mark: { readonly hook: Hook; readonly place: 'first' | 'last' } | undefined;
}

/** What the names of the tables begin with that only trace, also those of another trace at the same time. */
export const TABLES = 'nslab-trace-';

/** What is known of a probe. */
export interface ProbeFacts {
  readonly protocol: ProbeProtocol;
  readonly port: number;
  readonly dscp: number;
  readonly table: string;
}

/** Collects the messages of the kernel's trace, namespace by namespace, in the order in which each has sent them. */
export class Sightings {
  readonly #facts: ProbeFacts;
  readonly #stations: readonly Station[];
  readonly #source: Station;
  readonly #all: Sighting[] = [];
  /** The first message of a base chain has the packet; those that follow with its id are about the same. */
  readonly #latest = new Map<string, Pick<Sighting, 'packet' | 'iif' | 'oif'>>();

  constructor(facts: ProbeFacts, source: Station, stations: readonly Station[]) {
    this.#facts = facts;
    this.#source = source;
    this.#stations = stations;
  }

  /** Reads what has come until now. */
  collect(): void {
    for (const station of this.#stations)
      for (const answer of station.sockets.netfilter.pending())
        for (const event of toTraceEvent(answer)) this.#add(station, event);
  }

  /** The first packet of the probe: what a client sends again later has another IP id. */
  get probe(): Sighting[] {
    const id = this.#probeId;
    return this.#all.filter(({ packet }) => this.#isProbe(packet) && packet.id === id);
  }

  get answer(): Sighting[] {
    return this.#all.filter(({ packet }) => this.#isAnswer(packet));
  }

  #add(station: Station, event: TraceEvent): void {
    const key = `${station.inode} ${event.id}`;
    const packet = event.network && toPacket(event.network, event.transport);
    if (packet) this.#latest.set(key, { packet, iif: event.iif, oif: event.oif });
    const latest = this.#latest.get(key);
    if (!latest || (!this.#isProbe(latest.packet) && !this.#isAnswer(latest.packet))) return;
    const mark = event.table === this.#facts.table ? markOf(event) : undefined;
    if (mark || !event.table.startsWith(TABLES)) this.#all.push({ station, event, ...latest, mark });
  }

  #isProbe({ protocol, dscp, ports, icmp }: Packet): boolean {
    if (dscp !== this.#facts.dscp || protocol !== PROTOCOLS[this.#facts.protocol].number) return false;
    if (this.#facts.protocol === 'icmp') return icmp?.type === ECHO_REQUEST;
    return ports !== undefined;
  }

  /** Of what the probe's own protocol sends back, and of errors of ICMP about it. */
  #isAnswer({ protocol, ports, icmp, dscp }: Packet): boolean {
    const { protocol: word, port } = this.#facts;
    if (protocol === IPPROTO_ICMP && icmp?.aboutId !== undefined) return icmp.aboutId === this.#probeId;
    if (word === 'icmp') return icmp?.type === ECHO_REPLY && icmp.echo === port && dscp === this.#facts.dscp;
    return protocol === PROTOCOLS[word].number && ports?.to === port;
  }

  get #probeId(): number | undefined {
    return this.#all.find(({ station, packet }) => station === this.#source && this.#isFirst(packet))?.packet
      .id;
  }

  #isFirst(packet: Packet): boolean {
    if (!this.#isProbe(packet)) return false;
    return (this.#facts.protocol === 'icmp' ? packet.icmp?.echo : packet.ports?.from) === this.#facts.port;
  }
}

/** `prerouting-first` is where. The chains that only mark say nothing. Each chain of the trace ends, once, with its policy. */
function markOf({ chain, kind }: TraceEvent): Sighting['mark'] {
  const [word, place] = chain.split('-');
  const hook = HOOKS.find((each) => each === word);
  return kind === 'policy' && hook && (place === 'first' || place === 'last') ? { hook, place } : undefined;
}

const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
