import type { NftObject } from '../net/nft.ts';

/** Describes the address translation in the output of `nft -j list ruleset`: one sentence for each rule or published port. */
export function natInWords(ruleset: readonly NftObject[]): string[] {
  const maps = new Map(
    ruleset.flatMap(({ map }) =>
      map ? [[`${map.family} ${map.table} ${map.name}`, map.elem] as const] : [],
    ),
  );
  const sentences = ruleset.flatMap(({ rule }) => {
    if (!rule) return [];
    const { family, table, expr } = rule as unknown as Rule;
    const when = expr.flatMap(condition);
    return expr
      .flatMap((statement) => outcomes(statement, (name) => maps.get(`${family} ${table} ${name}`)))
      .map(({ conditions, becomes }) =>
        [[...conditions, ...when].join(', '), becomes].filter(Boolean).join(': '),
      );
  });
  // The same rule can stand in prerouting (forwarded packets) and in output (the host's own): one sentence.
  return [...new Set(sentences)];
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
    'ct status': (value) => (value === 'dnat' ? 'come by a published port' : value),
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
  if (masquerade !== undefined) return 'leaves with the address of the outgoing interface (masquerade)';
  if (snat !== undefined) return `leaves as ${target(snat)} (snat)`;
  if (dnat !== undefined) return `goes to ${target(dnat)} (dnat)`;
  if (redirect !== undefined) return `goes to this machine${target(redirect)} (redirect)`;
  // For a rule of iptables-nft, `nft` prints only the name of its target.
  const { type, name } = (xt ?? {}) as { type?: string; name?: string };
  return type === 'target' && name !== undefined ? XT[name] : undefined;
}

const XT: Readonly<Record<string, string>> = {
  MASQUERADE: 'leaves with the address of the outgoing interface (masquerade)',
  SNAT: 'leaves with another address (snat; `iptables -t nat -S` shows which)',
  DNAT: 'goes to another address (dnat; `iptables -t nat -S` shows which)',
  REDIRECT: 'goes to this machine (redirect; `iptables -t nat -S` shows the port)',
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

/** The elements of a map of published ports: `tcp port 8080` and `goes to 10.244.0.2:80 (dnat)`. */
function mappings(elements: unknown): Outcome[] {
  return ((elements ?? []) as [unknown, unknown][]).map(([key, value]) => {
    const [from, to] = [parts(key), parts(value)];
    const what = from.length === 2 ? `${from[0]} port ${from[1]}` : from.join(' ');
    return { conditions: [what], becomes: `goes to ${to.join(':')} (dnat)` };
  });
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
