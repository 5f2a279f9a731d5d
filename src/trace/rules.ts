import { startTool } from '../net/run-tool.ts';
import { runInside } from '../observe/open-netns.ts';
import type { TraceRule } from '../spec/trace.ts';
import type { Kernel } from '../sys/invoke.ts';
import type { TraceEvent } from '../sys/netlink/trace-events.ts';
import type { Sighting } from './sightings.ts';
import type { Station } from './stations.ts';

/** The text of a rule by where it stands. */
export type RuleTexts = (sighting: Sighting) => string | undefined;

/** Lists the rules of the namespaces in which the packet met some. */
export async function listRules(kernel: Kernel, sightings: readonly Sighting[]): Promise<RuleTexts> {
  const stations = new Set(sightings.filter(isForeignRule).map(({ station }) => station));
  const found = new Map<Station, ReadonlyMap<string, string>>();
  for (const station of stations) found.set(station, parseRuleset(await listRuleset(kernel, station)));
  return ({ station, event }) => found.get(station)?.get(keyOf(event));
}

/** The rules and policies that decided something, in order. A rule that only counts or logs decided nothing. */
export function decisions(sightings: readonly Sighting[], textOf: RuleTexts): TraceRule[] {
  return sightings.flatMap((sighting) => (decides(sighting) ? [toRule(sighting, textOf)] : []));
}

export function isDrop({ event, mark }: Sighting): boolean {
  return mark === undefined && event.kind !== 'return' && event.verdict === NF_DROP;
}

export function toRule(sighting: Sighting, textOf: RuleTexts): TraceRule {
  const { family, table, chain, kind, handle, verdict = 0 } = sighting.event;
  return {
    family,
    table,
    chain,
    rule: kind === 'rule' ? (textOf(sighting) ?? null) : null,
    handle: kind === 'rule' ? (handle ?? null) : null,
    verdict: VERDICTS[verdict] ?? String(verdict),
  };
}

/** `chain forward of table inet filter`, and its rule. */
export function ruleInWords({ family, table, chain, rule }: TraceRule): string {
  const what = rule === null ? 'its policy' : `its rule "${rule}"`;
  return `chain ${chain} of table ${family} ${table} (${what})`;
}

function decides(sighting: Sighting): boolean {
  if (sighting.event.kind === 'policy') return isDrop(sighting);
  return isForeignRule(sighting) && sighting.event.verdict !== NFT_CONTINUE;
}

function isForeignRule({ event, mark }: Sighting): boolean {
  return mark === undefined && event.kind === 'rule';
}

async function listRuleset(kernel: Kernel, { netns, sockets }: Station): Promise<string> {
  const words = ['-a', '-s', 'list', 'ruleset'];
  const done = kernel.transcript.begin({
    channel: 'nft',
    call: 'nft',
    args: words.join(' '),
    purpose: 'the rules that the packet met, by their handles',
    equivalent: `${sockets.shell}nft ${words.join(' ')}`,
  });
  const { finished } = runInside(kernel, netns, () => startTool({ file: 'nft', words, held: [] }));
  const { status, stdout } = await finished;
  done({ result: status });
  // Without the texts, the handles still name the rules.
  return status === 0 ? stdout : '';
}

/** `nft -a` ends each line of a table, chain or rule with its handle. JSON would not have a rule as its author reads it. */
function parseRuleset(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let [table, chain] = ['', ''];
  for (const line of text.split('\n')) {
    const [, inner = '', handle] = /^\s*(.*?) # handle (\d+)$/.exec(line) ?? [];
    if (handle === undefined) continue;
    const opened = /^(table|chain) (.*) \{$/.exec(inner);
    if (opened?.[1] === 'table') table = opened[2] ?? '';
    else if (opened) chain = opened[2] ?? '';
    else found.set(`${table} ${chain} ${handle}`, inner);
  }
  return found;
}

function keyOf({ family, table, chain, handle }: TraceEvent): string {
  return `${family} ${table} ${chain} ${handle}`;
}

const NF_DROP = 0;
const NFT_CONTINUE = -1;

/** include/uapi/linux/netfilter.h; nf_tables.h: enum nft_verdicts */
const VERDICTS: Readonly<Record<number, string>> = {
  0: 'drop',
  1: 'accept',
  2: 'stolen',
  3: 'queue',
  4: 'repeat',
  [-2]: 'break',
  [-3]: 'jump',
  [-4]: 'goto',
  [-5]: 'return',
};
