import { mark } from '../net/names.ts';
import { type NamespaceSpec, type PolicyPort, type PolicyRule, policyTitle } from '../spec/policy-spec.ts';
import { dotted, joined, type Range } from '../spec/range.ts';
import { isolatedBy, type PolicyPod, podsAmong, rangesOf } from './policy-pods.ts';
import { type PolicyRecord, type PolicyTableRecord, policyOwner } from './policy-record.ts';
import { NOTHING, type Present } from './present.ts';

// The rules of NetworkPolicies. The forward hook sees a packet after DNAT and before SNAT: pods by their own addresses, whatever
// Service they came by. What this host itself sends, a probe, comes by the output hook and is never kept out.

/** What the rules are made from. */
export interface PolicyFacts {
  readonly record: PolicyTableRecord;
  readonly policies: readonly PolicyRecord[];
  readonly namespaces: readonly NamespaceSpec[];
  readonly pods: readonly PolicyPod[];
}

type Direction = 'ingress' | 'egress';

const DIRECTIONS = ['egress', 'ingress'] as const;

/** An egress that accepts goes on to the ingress: an accept ends one base chain, and the next one is asked. */
const PRIORITY = { egress: 10, ingress: 11 } as const;

export function policyChain(direction: Direction, { namespace, name }: PolicyRecord): string {
  return `policy-${direction}-${namespace}/${name}`;
}

export function podChain(direction: Direction, { namespace, name }: Pick<PolicyPod, 'namespace' | 'name'>) {
  return `${direction}-${namespace}/${name}`;
}

/** One transaction that brings the table to what the facts say. Counters stay; what the facts have no more is deleted last. */
export function policyText(facts: PolicyFacts, present: Present): string {
  const table = `ip ${facts.record.table}`;
  const parts = DIRECTIONS.flatMap((direction) => [
    ...facts.policies.flatMap((policy) => policyParts(facts, policy, direction)),
    ...facts.pods.flatMap((pod) => podPart(facts, pod, direction) ?? []),
  ]);
  const names = (kind: keyof Present) => new Set(parts.flatMap((part) => part[kind] ?? []));
  const gone = (kind: keyof Present) => {
    const wanted = names(kind);
    return [...present[kind]].filter((name) => OURS.test(name) && !wanted.has(name));
  };
  return [
    // `create` fails where another program has a table of this name.
    `${present === NOTHING ? 'create' : 'add'} table ${table} { comment "${mark(policyOwner(facts.record))}"; }`,
    ...baseText(facts.record),
    ...parts.flatMap(({ lines }) => lines(table)),
    ...parts.flatMap(({ elements }) => elements?.(table) ?? []),
    ...gone('chains').map((chain) => `flush chain ${table} ${chain}`),
    ...gone('chains').map((chain) => `delete chain ${table} ${chain}`),
    ...gone('sets').map((set) => `delete set ${table} ${set}`),
    ...gone('counters').map((counter) => `delete counter ${table} ${counter}`),
    '',
  ].join('\n');
}

/** Names of our own making: they have a namespace in them. */
const OURS =
  /^(ingress|egress|policy-ingress|policy-egress|peers-ingress|peers-egress|ports-ingress|ports-egress)-.*\//;

function baseText(record: PolicyTableRecord): string[] {
  const { table } = record;
  const comment = `comment "${mark(policyOwner(record))}"`;
  const bases = DIRECTIONS.map(
    (direction) => `  map ${direction} { type ipv4_addr : verdict; ${comment}; }
  chain ${direction}-forward { type filter hook forward priority ${PRIORITY[direction]}; policy accept; }`,
  );
  return [
    `table ip ${table} {\n${bases.join('\n')}\n}`,
    ...DIRECTIONS.flatMap((direction) => [
      `flush chain ip ${table} ${direction}-forward`,
      `flush map ip ${table} ${direction}`,
      `add rule ip ${table} ${direction}-forward ct state established,related accept comment "an answer"`,
      `add rule ip ${table} ${direction}-forward ip ${direction === 'ingress' ? 'daddr' : 'saddr'} vmap @${direction} comment "pods that are isolated"`,
    ]),
  ];
}

/** Lines of the transaction, and what they name. `elements` come when all chains are there. */
interface Part {
  readonly lines: (table: string) => readonly string[];
  readonly elements?: (table: string) => readonly string[];
  readonly chains?: readonly string[];
  readonly sets?: readonly string[];
  readonly counters?: readonly string[];
}

function policyParts(facts: PolicyFacts, policy: PolicyRecord, direction: Direction): Part[] {
  const rules = policy[direction];
  if (!rules) return [];
  const chain = policyChain(direction, policy);
  const head: Part = {
    chains: [chain],
    counters: [chain],
    lines: (table) => ['add counter', 'add chain', 'flush chain'].map((verb) => `${verb} ${table} ${chain}`),
  };
  return [head, ...rules.map((rule, index) => rulePart(facts, policy, direction, rule, index))];
}

/** One rule of a policy: its peers as a set, its ports as rules that accept. */
function rulePart(
  { pods, namespaces }: PolicyFacts,
  policy: PolicyRecord,
  direction: Direction,
  { peers, ports }: PolicyRule,
  index: number,
): Part {
  const chain = policyChain(direction, policy);
  const key = `${direction}-${policy.namespace}/${policy.name}/${index}`;
  const [peerSet, portSet] = [`peers-${key}`, `ports-${key}`];
  const among = peers && podsAmong(peers, policy.namespace, pods, namespaces);
  const end = direction === 'ingress' ? 'saddr' : 'daddr';
  const who = peers ? `ip ${end} @${peerSet} ` : '';
  // A name is that of a port of the pod that is spoken to: not the same number in each.
  const spokenTo = direction === 'ingress' ? isolatedBy(policy, pods) : (among ?? pods);
  const named = (ports ?? []).flatMap((port) => namedPorts(port, spokenTo));
  const hasNames = (ports ?? []).some(({ port }) => typeof port === 'string');
  const accept = `counter name "${chain}" accept ${comment(`NetworkPolicy ${policyTitle(policy)}`)}`;
  const matching = [
    ...(ports ? portMatches(ports) : ['']),
    ...(hasNames ? [`ip daddr . meta l4proto . th dport @${portSet} `] : []),
  ];
  return {
    sets: [...(peers ? [peerSet] : []), ...(hasNames ? [portSet] : [])],
    lines: (table) => [
      ...(peers ? setLines(table, peerSet, ADDRESSES, rangesOf(among ?? [], peers).map(addressRange)) : []),
      ...(hasNames ? setLines(table, portSet, ENDPOINTS, [...new Set(named)]) : []),
      ...matching.map((match) => `add rule ${table} ${chain} ${who}${match}${accept}`),
    ],
  };
}

const ADDRESSES = '{ type ipv4_addr; flags interval; }';
const ENDPOINTS = '{ type ipv4_addr . inet_proto . inet_service; }';

function setLines(table: string, set: string, type: string, elements: readonly string[]): string[] {
  return [
    `add set ${table} ${set} ${type}`,
    `flush set ${table} ${set}`,
    ...(elements.length > 0 ? [`add element ${table} ${set} { ${elements.join(', ')} }`] : []),
  ];
}

/** `tcp dport { 80, 8000-8080 } ` for each protocol. A protocol without a port is all of its ports. */
function portMatches(ports: readonly PolicyPort[]): string[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const own = ports.filter((each) => each.protocol === protocol);
    if (own.some(({ port }) => port === undefined)) return [`meta l4proto ${protocol} `];
    const ranges = own.flatMap(({ port, endPort }): Range[] =>
      typeof port === 'number' ? [[port, endPort ?? port]] : [],
    );
    return ranges.length > 0 ? [`${protocol} dport { ${joined(ranges).map(portRange).join(', ')} } `] : [];
  });
}

function namedPorts({ protocol, port: name }: PolicyPort, pods: readonly PolicyPod[]): string[] {
  return pods.flatMap(({ addresses, ports }) =>
    ports
      .filter((port) => port.name === name && port.protocol === protocol)
      .flatMap(({ port }) => addresses.map((address) => `${address} . ${protocol} . ${port}`)),
  );
}

/** The chain of an isolated pod: what its policies allow, and the drop of everything else. */
function podPart({ policies }: PolicyFacts, pod: PolicyPod, direction: Direction): Part | undefined {
  const own = policies.filter((policy) => policy[direction] && isolatedBy(policy, [pod]).length > 0);
  if (own.length === 0) return undefined;
  const chain = podChain(direction, pod);
  const { addresses, name } = pod;
  const end = direction === 'ingress' ? 'saddr' : 'daddr';
  const who = direction === 'ingress' ? `to pod ${name}` : `from pod ${name}`;
  const why = comment(`${who}: not allowed by NetworkPolicy ${own.map(policyTitle).join(', ')}`);
  return {
    chains: [chain],
    counters: [chain],
    lines: (table) => [
      ...['add counter', 'add chain', 'flush chain'].map((verb) => `${verb} ${table} ${chain}`),
      `add rule ${table} ${chain} ip ${end} { ${addresses.join(', ')} } accept comment "a pod is never kept from itself"`,
      ...own.map((policy) => `add rule ${table} ${chain} jump ${policyChain(direction, policy)}`),
      `add rule ${table} ${chain} counter name "${chain}" drop ${why}`,
    ],
    elements: (table) => [
      `add element ${table} ${direction} { ${addresses.map((address) => `${address} : goto ${chain}`).join(', ')} }`,
    ],
  };
}

/** What nft takes as a comment. libnftnl: NFTNL_UDATA_COMMENT_MAXLEN */
const MAX_COMMENT = 127;

function comment(text: string): string {
  return `comment "${text.length > MAX_COMMENT ? `${text.slice(0, MAX_COMMENT - 3)}...` : text}"`;
}

function addressRange([first, last]: Range): string {
  return first === last ? dotted(first) : `${dotted(first)}-${dotted(last)}`;
}

function portRange([first, last]: Range): string {
  return first === last ? String(first) : `${first}-${last}`;
}
