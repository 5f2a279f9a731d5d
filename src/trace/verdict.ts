import { lookUpRoute } from '../net/route-lookup.ts';
import type { TraceRule, TraceVerdict } from '../spec/trace.ts';
import { errnoWords } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import type { ProbeProtocol, ProbeState } from '../sys/probe-socket.ts';
import { risenDrops } from './counters.ts';
import { explainLoss, type Loss, refusedByRoute } from './loss.ts';
import { isDrop, type RuleTexts, ruleInWords, toRule } from './rules.ts';
import { readCounters, type Station } from './stations.ts';
import { isDelivered, lastMark, type Visit } from './visits.ts';

/** What a probe has shown. */
export interface Findings {
  readonly kernel: Kernel;
  readonly source: Station;
  readonly protocol: ProbeProtocol;
  readonly to: string;
  readonly port: number;
  readonly state: ProbeState;
  readonly way: readonly Visit[];
  readonly answer: readonly Visit[];
  readonly textOf: RuleTexts;
}

type Decision = Pick<TraceVerdict, 'result' | 'why'> & {
  readonly at: Station | undefined;
  readonly rule?: TraceRule;
  readonly cure?: string | undefined;
};

/** Who stopped the probe, if it was stopped. What the client got counts most, then what the kernel has shown. */
export function decide(findings: Findings): TraceVerdict {
  const { kernel, state } = findings;
  const { at, result, why, rule, cure } = decision(findings);
  const isLost = result !== 'reached' && at !== undefined;
  return {
    result,
    at: at ? { label: at.label, inode: at.inode } : null,
    why,
    sourceSeen: sourceSeen(findings),
    rule: rule ?? null,
    errno: state.is === 'failed' ? errnoWords(state.errno)[0] : null,
    counters: isLost ? risenDrops(at.counters, readCounters(kernel, at.netns)) : [],
    cure: cure ?? null,
  };
}

function sourceSeen({ way, protocol }: Findings): string | null {
  const last = way.at(-1);
  const packet = last && isDelivered(last) ? lastMark(last)?.packet : undefined;
  if (!packet) return null;
  return protocol === 'icmp' || !packet.ports ? packet.from : `${packet.from}:${packet.ports.from}`;
}

function decision(findings: Findings): Decision {
  const { state, way, answer, source } = findings;
  const last = way.at(-1);
  if (state.is === 'answered') return reached(findings, last);
  return (
    droppedByRule(findings, way, 'it') ??
    (last === undefined ? neverSent(findings, source) : undefined) ??
    lost(findings, last as Visit) ??
    (isRefused(state) ? refused(findings, last) : undefined) ??
    droppedByRule(findings, answer, 'the answer') ??
    lostAnswer(findings) ??
    delivered(findings, last as Visit)
  );
}

function reached({ to }: Findings, last: Visit | undefined): Decision {
  const isHere = last !== undefined && isDelivered(last);
  return {
    result: 'reached',
    at: isHere ? last.station : undefined,
    why: isHere ? `${last.station.label} answered` : `${to}, beyond this machine, answered`,
  };
}

/** The rule that rejects drops the packet, and answers for the destination. */
function droppedByRule({ textOf }: Findings, way: readonly Visit[], what: string): Decision | undefined {
  const drop = way.flatMap(({ sightings }) => sightings).find(isDrop);
  if (!drop) return undefined;
  const rule = toRule(drop, textOf);
  const rejects = /(^| )(reject|REJECT)( |$|")/.test(rule.rule ?? '');
  return {
    result: rejects ? 'refused' : 'dropped',
    at: drop.station,
    why: `${rejects ? 'refused' : 'dropped'}${what === 'it' ? '' : `: ${what}`} by ${ruleInWords(rule)}`,
    rule,
    cure: cureOf(rule),
  };
}

/** As src/service/proxy.ts names the table of the Services. */
const SERVICES = /^nslab_svc_/;
/** The same in src/service/policy-sync.ts. */
const POLICIES = /^nslab_pol_/;

function cureOf({ family, table, chain, handle }: TraceRule): string {
  if (SERVICES.test(table))
    return 'see which pods are behind it, and whether they are ready: nslab endpoints';
  if (POLICIES.test(table)) return 'see who isolates it, and what that allows: nslab policy ls -o wide';
  if (handle === null) return `let it pass: nft add rule ${family} ${table} ${chain} …accept`;
  return `let it pass before that rule: nft insert rule ${family} ${table} ${chain} position ${handle} …accept`;
}

/** The kernel of the source refused to send it: no hook has seen it. */
function neverSent({ state, to }: Findings, source: Station): Decision {
  if (state.is !== 'failed') return { result: 'dropped', at: source, why: 'it was never sent' };
  const [name, words] = errnoWords(state.errno);
  const links = [...source.links.values()].filter((link) => link !== 'lo');
  const loss: Loss = refusedByRoute(state.errno, to) ?? { why: `it was never sent: ${words} (${name})` };
  if (links.length > 0) return { result: 'dropped', at: source, ...loss };
  return {
    result: 'dropped',
    at: source,
    why: `${loss.why}: ${source.label} has no interface but lo`,
    cure: 'connect it to a network: a pod gets one when it is made, without --network none',
  };
}

function lost({ kernel, state, protocol, answer }: Findings, last: Visit): Decision | undefined {
  const loss = explainLoss(kernel, last);
  if (!loss) return undefined;
  if (!loss.beyond) return { result: 'dropped', at: last.station, ...loss };
  // What comes from beyond is seen at its arrival here.
  if (isRefused(state)) return undefined;
  const error = answer
    .flatMap(({ sightings }) => sightings)
    .find(({ packet }) => packet.icmp?.aboutId)?.packet;
  if (error?.icmp)
    return {
      result: 'refused',
      at: undefined,
      why: `${error.from}, beyond this machine, says that it is unreachable (ICMP type ${error.icmp.type}, code ${error.icmp.code})`,
    };
  return { result: protocol === 'udp' ? 'unknown' : 'dropped', at: undefined, ...loss };
}

function refused({ protocol, to, port }: Findings, last: Visit | undefined): Decision {
  const isHere = last !== undefined && isDelivered(last);
  const who = isHere ? last.station.label : `${to}, beyond this machine,`;
  return {
    result: 'refused',
    at: isHere ? last.station : undefined,
    why: `${who} refuses: nothing listens on ${protocol} port ${isHere ? (lastMark(last)?.packet.ports?.to ?? port) : port}`,
    cure: 'start the server, or let it listen on that address: ss -ltnu',
  };
}

function lostAnswer({ kernel, answer, source }: Findings): Decision | undefined {
  const last = answer.at(-1);
  if (!last || last.station === source) return undefined;
  const loss = explainLoss(kernel, last);
  return loss && { result: 'dropped', at: last.station, ...loss, why: `the answer was lost: ${loss.why}` };
}

/** It is at a socket, and no answer was seen. An answer that has no route is never sent. */
function delivered({ protocol, kernel }: Findings, last: Visit): Decision {
  const { station } = last;
  const back = lastMark(last)?.packet;
  if (protocol === 'udp')
    return { result: 'reached', at: station, why: `${station.label} got it; UDP itself answers nothing` };
  const { route, shell } = station.sockets;
  const found = back && lookUpRoute(route, { from: back.to, to: back.from, iif: undefined }, shell);
  const loss = found && 'errno' in found ? refusedByRoute(found.errno, back.from) : undefined;
  if (loss) return { result: 'dropped', at: station, ...loss, why: `the answer was lost: ${loss.why}` };
  const rose = risenDrops(station.counters, readCounters(kernel, station.netns));
  return {
    result: 'dropped',
    at: station,
    why: `${station.label} got it and did not answer`,
    cure: rose.includes('TcpExtListenOverflows')
      ? 'its queue of connections is full: the server accepts none'
      : 'is it to be answered there? sysctl net.ipv4.icmp_echo_ignore_all; ss -ltn',
  };
}

function isRefused(state: ProbeState): boolean {
  return state.is === 'failed' && state.errno === ECONNREFUSED;
}

const ECONNREFUSED = 111;
