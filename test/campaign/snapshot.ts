import type { Result } from './pretend-host.ts';

/** The state of a host as sorted lines `section: fact`. Two equal snapshots mean that nothing was left behind. */
export type Snapshot = readonly string[];

/** Takes the snapshot with one bash, started by `run` (in a pretend host or on the machine itself). */
export async function takeSnapshot(
  run: (argv: string[], input: string) => Promise<Result>,
): Promise<Snapshot> {
  const { status, stdout, stderr } = await run(['bash', '-s'], SCRIPT);
  if (status !== 0) throw new Error(`the snapshot failed with status ${status}: ${stderr}`);
  return [...facts(sections(stdout))].sort();
}

/** The lines that differ: `- before`, `+ after`. Equal facts are counted. */
export function diff(before: Snapshot, after: Snapshot): string[] {
  const surplus = new Map<string, number>();
  for (const line of after) surplus.set(line, (surplus.get(line) ?? 0) + 1);
  for (const line of before) surplus.set(line, (surplus.get(line) ?? 0) - 1);
  return [...surplus]
    .filter(([, count]) => count !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([line, count]) => Array<string>(Math.abs(count)).fill(`${count > 0 ? '+' : '-'} ${line}`));
}

// bash expands each /proc glob before it forks, so cat, find and grep are not in it; bash itself is excluded by `self`.
// A process can exit between glob and read: hence 2>/dev/null, and those statuses are ignored. nft and ip must succeed.
const SCRIPT = `
section() { printf '\\n\\036%s\\n' "$1"; }
section self; echo $$
section process; cat /proc/[0-9]*/stat 2>/dev/null
section held; find /proc/[0-9]*/task/*/ns /proc/[0-9]*/fd -type l -lname '*:\\[*' -printf '%p %l\\n' 2>/dev/null
section ip; ip -j -d -batch - <<'END' || exit 3
addr show
route show table all
neigh show
rule show
netns list-id
END
section rule6; ip -6 -j -d rule show || exit 3
section fdb; bridge -j fdb show || exit 3
section nft; nft -j list ruleset || exit 3
section mount; cat /proc/self/mountinfo
section root; find / -xdev -mindepth 1 -maxdepth 1 -printf '%M %U:%G /%P %l\\n'
section run; find /run -printf '%M %U:%G %p %l\\n'
section tmp; grep -q ' /tmp .* - tmpfs ' /proc/self/mountinfo && find /tmp -printf '%M %U:%G %p %l\\n'
section uts; uname -n; cat /proc/sys/kernel/domainname
section sysvipc; cat /proc/sysvipc/*
section sysctl; grep -rsa '' /proc/sys/net
exit 0
`;

type Sections = ReadonlyMap<string, readonly string[]>;

function sections(text: string): Sections {
  const parts = text.split('\n\x1e').slice(1);
  return new Map(
    parts.map((part) => part.split('\n')).map(([name = '', ...lines]) => [name, lines.filter(Boolean)]),
  );
}

function* facts(text: Sections): Iterable<string> {
  const lines = (name: string): readonly string[] => text.get(name) ?? [];
  const own = new Set(lines('self'));
  yield* processes(lines('process'), own);
  yield* heldNamespaces(lines('held'), own);
  yield* network(lines('ip'));
  yield* json('rule', parse(lines('rule6')), 'v6 ');
  yield* json('fdb', parse(lines('fdb')).filter(isConfiguredFdb));
  yield* ruleset(lines('nft'));
  for (const line of lines('mount')) yield `mount: ${mountWithoutIds(line)}`;
  for (const name of ['root', 'run', 'tmp', 'uts'])
    for (const line of lines(name)) yield `${name}: ${line.trim()}`;
  for (const line of lines('sysvipc')) if (!/^\s+key /.test(line)) yield `sysvipc: ${line.trim()}`;
  for (const line of lines('sysctl'))
    if (!VOLATILE_SYSCTL.test(line)) yield `sysctl: ${line.slice('/proc/sys/'.length)}`;
}

/** Pid, name, start time, and "zombie". The other states change all the time. */
function* processes(lines: readonly string[], own: Set<string>): Iterable<string> {
  for (const line of lines) {
    // The name can contain blanks and brackets: fields are counted from the last `)`.
    const head = line.slice(0, line.lastIndexOf(')') + 1);
    const rest = line.slice(head.length + 1).split(' ');
    const pid = head.slice(0, head.indexOf(' '));
    const [state, parent] = rest;
    const startTime = rest[22 - 3];
    // `cat` was started after the glob was expanded: only bash itself and its other children are excluded.
    if (own.has(pid) || own.has(parent ?? '')) continue;
    yield `process: ${head}${state === 'Z' ? ' zombie' : ''} started ${startTime}`;
  }
}

/** Each namespace that a thread is in or a descriptor references, once for each. (Bind mounts are in `mount`.) */
function* heldNamespaces(lines: readonly string[], own: Set<string>): Iterable<string> {
  const seen = new Set<string>();
  for (const line of lines) {
    const [path = '', target = ''] = line.split(' ');
    if (!/^(cgroup|ipc|mnt|net|pid|time|user|uts):\[/.test(target)) continue; // sockets, pipes, anon inodes
    if (own.has(path.split('/')[2] ?? '')) continue;
    seen.add(`namespace: ${target} held by ${path.includes('/fd/') ? 'a descriptor' : 'a thread'}`);
  }
  yield* seen;
}

interface Item {
  readonly [key: string]: unknown;
  readonly ifname?: string;
  readonly addr_info?: Item[];
  readonly state?: string | string[];
  readonly nsid?: number;
}

/** `ip -batch` answers each line of its input with one JSON array. */
function* network(lines: readonly string[]): Iterable<string> {
  const [links = [], routes = [], neighbours = [], rules = [], ids = []] = lines.map((line) => parse([line]));
  for (const { addr_info: addresses, ...link } of links) {
    yield* json('link', [link], `${link.ifname} `);
    yield* json('addr', addresses ?? [], `${link.ifname} `);
  }
  yield* json('route', routes);
  for (const item of neighbours.filter(isConfiguredNeighbour)) {
    yield* json('neigh', [item], 'permanent ');
  }
  yield* json('rule', rules, 'v4 ');
  // The kernel assigns an nsid to each network namespace that a link or socket of this one refers to, for the lifetime of that
  // namespace: the only sign of a namespace that only a descriptor in another pid namespace keeps alive.
  for (const { nsid } of ids) yield `nsid: ${nsid}`;
}

function parse(lines: readonly string[]): Item[] {
  const text = lines.join('');
  return text === '' ? [] : (JSON.parse(text) as Item[]).filter((item) => Object.keys(item).length > 0);
}

function* json(section: string, items: readonly Item[], prefix = ''): Iterable<string> {
  for (const item of items) yield `${section}: ${prefix}${stable(item)}`;
}

/** JSON with sorted keys, without values that change by themselves. */
function stable(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (VOLATILE_KEY.has(key)) return undefined;
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const VOLATILE_KEY = new Set([
  // timers of a bridge and of its ports
  'hello_timer',
  'tcn_timer',
  'topology_change_timer',
  'gc_timer',
  'hold_timer',
  'message_age_timer',
  'forward_delay_timer',
  // lifetimes of addresses and routes (router advertisements, IPv6 temporary addresses) count down
  'valid_life_time',
  'preferred_life_time',
  'expires',
  'cache',
  // a neighbour goes from REACHABLE to STALE by itself
  'state',
  'probes',
  'refcnt',
  'used',
  'confirmed',
  'updated',
  // nft assigns handles in sequence, and counts packets
  'handle',
  'packets',
  'bytes',
]);

/** INCOMPLETE and FAILED entries are unanswered requests; they expire by themselves. */
/** What the kernel has learned expires by itself, and is learned again whenever the other side asks. */
function isConfiguredNeighbour(item: Item): boolean {
  return item.state?.includes('PERMANENT') ?? false;
}

/** Entries that a bridge learned from traffic expire by themselves; configured ones are permanent or static. */
function isConfiguredFdb(item: Item): boolean {
  return item.state === 'permanent' || item.state === 'static';
}

function* ruleset(lines: readonly string[]): Iterable<string> {
  const { nftables } = JSON.parse(lines.join('')) as { nftables: Item[] };
  // metainfo names the program, not the host
  yield* json(
    'nft',
    nftables.filter((item) => !('metainfo' in item)),
  );
}

/** mountinfo: id parent device root point options [optional…] - type source super; ids and peer groups are only numbers. */
function mountWithoutIds(line: string): string {
  return line
    .split(' ')
    .slice(2)
    .join(' ')
    .replace(/\b(shared|master|propagate_from):\d+/g, '$1');
}

const VOLATILE_SYSCTL = new RegExp(
  [
    '/nf_conntrack_count:', // the current number of connections
    '/nf_conntrack_buckets:', // resized for the whole machine
    '/tcp_fastopen_key:', // random, created at the first use
    '/stable_secret:', // random, created at the first use
    '/ipv4/(tcp|udp)_mem:', // of the whole machine
    '/fib_multipath_hash_seed:', // random
    '/netdev_rss_key:', // random, of the whole machine
    '/netdev_budget(_usecs)?:', // budgets of the whole machine, which other programs can change
    '/dev_weight(_[rt]x_bias)?:', // the same
  ].join('|'),
);
