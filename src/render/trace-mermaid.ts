import type { Trace, TraceHop } from '../spec/trace.ts';
import { mermaidText as text } from './mermaid-text.ts';

/** The way of a probe as a Mermaid flow chart, for Markdown pages: a box for each namespace, and the verdict. (`end` is a word of Mermaid's.) */
export function traceMermaid({ probe, hops, verdict }: Trace): string {
  const boxes = hops.map((hop, at) => `  h${at}["${[hop.label, ...facts(hop)].map(text).join('<br/>')}"]`);
  const ways = hops.slice(1).map((hop, at) => `  h${at} -- "${text(link(hops[at], hop))}" --> h${at + 1}`);
  const end = `${verdict.result}: ${verdict.why}`;
  const last = hops.length - 1;
  return `${[
    'flowchart LR',
    `  probe(["${text(`${probe.protocol} to ${probe.destination}${probe.name === null ? '' : `, ${probe.name}`}`)}"])`,
    ...boxes,
    ...(last < 0 ? [] : ['  probe --> h0']),
    ...ways,
    `  verdict(["${text(end)}"])`,
    `  ${last < 0 ? 'probe' : `h${last}`} ${ARROWS[verdict.result]} verdict`,
  ].join('\n')}\n`;
}

/** A cross where it was stopped. */
const ARROWS = { reached: '-->', refused: '--x', dropped: '--x', unknown: '-.->' } as const;

function facts({ bridge, nat, rules, route, ttl }: TraceHop): string[] {
  return [
    `ttl ${ttl}`,
    ...(bridge === null ? [] : [`bridge ${bridge}`]),
    ...rules.map(({ family, table, chain, verdict }) => `${family} ${table} ${chain}: ${verdict}`),
    ...nat,
    ...(route === null ? [] : [`route ${route}`]),
  ];
}

function link(before: TraceHop | undefined, hop: TraceHop): string {
  return `${before?.out ?? '?'} to ${hop.in ?? '?'}`;
}
