import type { Trace, TraceHop, TraceRule, TraceVerdict } from '../spec/trace.ts';
import type { Palette } from './palette.ts';
import { plain } from './plain.ts';

/** The way of a probe, a paragraph for each namespace, and the verdict. */
export function traceText({ from, probe, hops, answer, verdict }: Trace, colors: Palette): string {
  const source = probe.source ?? from.label;
  const name = probe.name === null ? '' : plain(` (${probe.name})`);
  const lines = [
    `${probe.protocol} ${source} → ${probe.destination}${name}, marked by DSCP 0x${probe.dscp.toString(16)}`,
    ...hops.flatMap((hop) => hopLines(hop, colors)),
    // The way back matters where the answer did not come.
    ...(verdict.result === 'reached' || answer.length === 0
      ? []
      : [colors.dim('the answer'), ...answer.flatMap((hop) => hopLines(hop, colors))]),
    ...verdictLines(verdict, probe.source, colors),
  ];
  return `${lines.join('\n')}\n`;
}

function hopLines(hop: TraceHop, { bold }: Palette): string[] {
  const by = [
    ...(hop.in === null ? [] : [`in by ${hop.in}`]),
    ...(hop.bridge === null ? [] : [`bridge ${hop.bridge}`]),
    ...(hop.out === null ? [] : [`out by ${hop.out}`]),
    `ttl ${hop.ttl}`,
  ];
  return [
    `${bold(plain(hop.label))}  ${plain(by.join(', '))}`,
    ...hop.rules.map(ruleLine),
    ...hop.nat.map((change) => `    nat    ${plain(change)}`),
    ...(hop.route === null ? [] : [`    route  ${plain(hop.route)}`]),
  ];
}

function ruleLine({ family, table, chain, rule, verdict }: TraceRule): string {
  return `    rule   ${plain(`${family} ${table} ${chain}: ${rule ?? `policy ${verdict}`}`)}  ⇒ ${verdict}`;
}

function verdictLines(
  verdict: TraceVerdict,
  source: string | null,
  { bold, dim, green, red, yellow }: Palette,
): string[] {
  const paint = { reached: green, refused: yellow, dropped: red, unknown: yellow }[verdict.result];
  const where = verdict.at === null ? '' : ` at ${verdict.at.label}`;
  const got = verdict.errno === null ? '' : ` (the client gets ${verdict.errno})`;
  return [
    `${bold(paint(verdict.result))}${plain(verdict.result === 'reached' ? '' : `${where}${got}`)}: ${plain(verdict.why)}`,
    // Where nothing was translated there is nothing to say.
    ...(verdict.sourceSeen === null || verdict.sourceSeen === source
      ? []
      : [dim(`    it came from ${verdict.sourceSeen} there`)]),
    ...(verdict.counters.length > 0 ? [dim(`    rose there: ${verdict.counters.join(', ')}`)] : []),
    ...(verdict.cure === null ? [] : [`cure: ${plain(verdict.cure)}`]),
  ];
}
