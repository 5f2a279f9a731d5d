import type { NftObject } from '../net/nft.ts';
import { type Choice, readChoices } from './verdict-map.ts';

/** Describes the address translation in the output of `nft -j list ruleset`: one sentence for each rule or published port. */
export function natInWords(ruleset: readonly NftObject[]): string[] {
  const maps = new Map(
    ruleset.flatMap(({ map }) =>
      map ? [[`${map.family} ${map.table} ${map.name}`, map.elem] as const] : [],
    ),
  );
  const { choices, isPart } = readChoices(ruleset);
  const sentences = ruleset.flatMap(({ rule }) => {
    if (!rule || isPart(rule)) return [];
    const { family, table, expr } = rule as unknown as Rule;
    const when = expr.flatMap(condition);
    return expr
      .flatMap((statement) => outcomes(statement, (name) => maps.get(`${family} ${table} ${name}`)))
      .map(({ conditions, becomes }) =>
        [[...conditions, ...when].join(', '), becomes].filter(Boolean).join(': '),
      );
  });
  // The same rule can stand in prerouting (forwarded packets) and in output (the host's own): one sentence.
  return [...new Set([...sentences, ...choices.map(choiceInWords)])];
}

interface Rule {
  readonly family: string;
  readonly table: string;
  readonly expr: readonly Statement[];
}

type Statement = Readonly<Record<string, unknown>>;

/** The condition of a match: `from 10.244.0.0/16`, `not out by docker0`. */
function condition({ match }: Statement): string[] {
  if (!match) return [];
  const { op, left, right } = match as { op: string; left: Statement; right: unknown };
  const not = op === '!=' ? 'not ' : '';
  const value = valueIn(right);
  const subject = subjectOf(left);
  return subject === undefined ? [] : [`${not}${subject(value)}`];
}

function subjectOf(left: Statement): ((value: string) => string) | undefined {
  const { payload, meta, fib, ct } = left as Record<
    string,
    { protocol?: string; field?: string; key?: string }
  >;
  const key = payload ? `${payload.field}` : meta ? `${meta.key}` : fib ? 'fib' : ct ? `ct ${ct.key}` : '';
  const port = (way: string) => (value: string) => `${way}${payload?.protocol} port ${value}`;
  const subjects: Record<string, (value: string) => string> = {
    saddr: (value) => `from ${value}`,
    daddr: (value) => `to ${value}`,
    sport: port('from '),
    dport: port(''),
    protocol: (value) => value,
    l4proto: (value) => value,
    iifname: (value) => `in by ${value}`,
    oifname: (value) => `out by ${value}`,
    mark: (value) => `marked ${value}`,
    fib: (value) => (value === 'local' ? 'to this machine' : `to ${value}`),
    'ct status': (value) => `ct status ${value}`,
  };
  return subjects[key];
}

/** What a statement does to a packet, and the conditions that its map adds. */
interface Outcome {
  readonly conditions: readonly string[];
  readonly becomes: string;
}

function outcomes(statement: Statement, elementsOf: (map: string) => unknown): Outcome[] {
  const map = mapOf(statement.dnat);
  if (map !== undefined) return mappings(elementsOf(map));
  const becomes = translation(statement);
  return becomes === undefined ? [] : [{ conditions: [], becomes }];
}

function translation({ masquerade, snat, dnat, redirect, xt }: Statement): string | undefined {
  if (masquerade !== undefined) return MASQUERADE;
  if (snat !== undefined) return `snat, source becomes ${target(snat)}`;
  if (dnat !== undefined) return `dnat, destination becomes ${target(dnat)}`;
  if (redirect !== undefined) return `redirect, destination becomes this machine${target(redirect)}`;
  // For a rule of iptables-nft, `nft` prints only the name of its target.
  const { type, name } = (xt ?? {}) as { type?: string; name?: string };
  return type === 'target' && name !== undefined ? XT[name] : undefined;
}

const MASQUERADE = "masquerade, source becomes the outgoing interface's address";

const XT: Readonly<Record<string, string>> = {
  MASQUERADE,
  SNAT: 'snat, source becomes another address (`iptables -t nat -S` shows which)',
  DNAT: 'dnat, destination becomes another address (`iptables -t nat -S` shows which)',
  REDIRECT: 'redirect, destination becomes this machine (`iptables -t nat -S` shows the port)',
};

function target(translation: unknown): string {
  const { addr, port } = (translation ?? {}) as { addr?: unknown; port?: unknown };
  return `${addr === undefined ? '' : valueIn(addr)}${port === undefined ? '' : `:${valueIn(port)}`}`;
}

/** The name of the map that supplies the address. Undefined: the rule names the address itself. */
function mapOf(translation: unknown): string | undefined {
  const { addr } = (translation ?? {}) as { addr?: { map?: { data?: unknown } } };
  const data = addr?.map?.data;
  return typeof data === 'string' && data.startsWith('@') ? data.slice(1) : undefined;
}

/** The elements of a map of published ports: `tcp port 8080` and `dnat, destination becomes 10.244.0.2:80`. */
function mappings(elements: unknown): Outcome[] {
  return ((elements ?? []) as [unknown, unknown][]).map(([key, value]) => {
    const [from, to] = [parts(key), parts(value)];
    return { conditions: [keyInWords(from)], becomes: `dnat, destination becomes ${to.join(':')}` };
  });
}

/** `to 127.0.0.1, tcp port 8080` */
function keyInWords(from: readonly string[]): string {
  if (from.length !== 2 && from.length !== 3) return from.join(' ');
  const [protocol, port] = from.slice(-2);
  return `${from.length === 3 ? `to ${from[0]}, ` : ''}${protocol} port ${port}`;
}

/** `Service web: to 10.96.0.2, tcp port 80: goes to one of 2: 10.244.0.2:8080 (7), 10.244.0.3:8080 (5) (dnat); 12 connections so far` */
function choiceInWords({ key, service, targets, counted }: Choice): string {
  const several = targets.length > 1;
  // Those of a node port are counted by the chains behind, together with all others.
  const all = targets.map((each) =>
    several && counted !== undefined && each.counted !== undefined
      ? `${target(each)} (${each.counted})`
      : target(each),
  );
  const chosen = several ? `one of ${all.length}: ${all.join(', ')}` : all[0];
  const hits =
    counted === undefined ? '' : `; ${counted} ${counted === 1 ? 'connection' : 'connections'} so far`;
  const whose = service === undefined ? '' : `Service ${service}: `;
  return `${whose}${keyInWords(parts(key))}: goes to ${chosen} (dnat)${hits}`;
}

function parts(value: unknown): string[] {
  const { elem, concat } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (elem) return parts((elem as { val: unknown }).val);
  return Array.isArray(concat) ? concat.map(valueIn) : [valueIn(value)];
}

/** A value in nft's syntax. */
function valueIn(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { prefix, range, set } = value as Record<string, unknown>;
  if (prefix) return `${(prefix as { addr: string }).addr}/${(prefix as { len: number }).len}`;
  if (range) return (range as unknown[]).map(valueIn).join('-');
  const list = Array.isArray(value) ? value : Array.isArray(set) ? set : undefined;
  return list ? list.map(valueIn).join(' or ') : '…';
}
