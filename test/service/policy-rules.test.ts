import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import type { PolicyPod } from '../../src/service/policy-pods.ts';
import type { PolicyRecord } from '../../src/service/policy-record.ts';
import { type PolicyFacts, policyText } from '../../src/service/policy-rules.ts';
import { NOTHING, type Present } from '../../src/service/present.ts';
import type { PolicyRule } from '../../src/spec/policy-spec.ts';
import { dotted, joined, type Range, rangeOf, without } from '../../src/spec/range.ts';
import { requires } from '../requires.ts';

const pod = (n: number, app: string): PolicyPod => ({
  name: `p${n}`,
  namespace: n % 2 === 0 ? 'default' : 'shop',
  labels: { app },
  addresses: [`10.244.0.${n}`],
  bridges: [],
  ports: [{ name: 'web', protocol: 'tcp', port: 8000 + n }],
});

const policy = (name: string, more: Partial<PolicyRecord>): PolicyRecord => ({
  ...{ apiVersion: 'nslab/v1', kind: 'NetworkPolicy', uid: name, createdAt: '' },
  ...{ name, namespace: 'default', podSelector: {} },
  ...more,
});

const facts = (pods: readonly PolicyPod[], policies: readonly PolicyRecord[]): PolicyFacts => ({
  record: {
    uid: 'aaaa',
    instance: { id: 'abcdefgh', bootId: 'b', netnsCookie: '1', netns: 1, pidns: 1 },
    table: 'nslab_pol_x',
  },
  ...{ policies, pods, namespaces: [{ name: 'shop', labels: { team: 'red' } }] },
});

const GOLDEN = [
  ...['add counter', 'add chain', 'flush chain'].map((verb) => `${verb} policy-ingress-default/in`),
  'add set peers-ingress-default/in/0 { type ipv4_addr; flags interval; }',
  'flush set peers-ingress-default/in/0',
  'add element peers-ingress-default/in/0 { 10.0.0.0-10.0.0.127, 10.244.0.3 }',
  'add rule policy-ingress-default/in ip saddr @peers-ingress-default/in/0 tcp dport { 80, 8000-8020 } counter name "policy-ingress-default/in" accept comment "NetworkPolicy in"',
  ...['add counter', 'add chain', 'flush chain'].map((verb) => `${verb} ingress-default/p2`),
  'add rule ingress-default/p2 ip saddr { 10.244.0.2 } accept comment "a pod is never kept from itself"',
  'add rule ingress-default/p2 jump policy-ingress-default/in',
  'add rule ingress-default/p2 counter name "ingress-default/p2" drop comment "to pod p2: not allowed by NetworkPolicy in"',
  'add element ingress { 10.244.0.2 : goto ingress-default/p2 }',
];

t.test('a NetworkPolicy as rules', async (t) => {
  const rule: PolicyRule = {
    peers: [
      { namespaceSelector: { matchLabels: { team: 'red' } } },
      { ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.0.128/25'] } },
    ],
    ports: [
      { protocol: 'tcp', port: 8000, endPort: 8010 },
      { protocol: 'tcp', port: 8005, endPort: 8020 },
      { protocol: 'tcp', port: 80 },
    ],
  };
  const text = policyText(facts([pod(2, 'a'), pod(3, 'b')], [policy('in', { ingress: [rule] })]), NOTHING);
  const lines = text.split('\n').filter((line) => /default\//.test(line));
  t.strictSame(
    lines.map((line) => line.replaceAll(' ip nslab_pol_x ', ' ')),
    GOLDEN,
  );
  const long = policyText(facts([pod(2, 'a')], [policy('x'.repeat(200), { ingress: [] })]), NOTHING);
  const comments = [...long.matchAll(/comment "([^"]*)"/g)].map(([, comment = '']) => comment.length);
  t.ok(Math.max(...comments) <= 128, 'a comment is as long as nft takes it');
  t.ok(long.includes('x'.repeat(200)), 'of a name that is longer (control)');
});

const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([first, size]): Range => [first, first + size]);
const among = (ranges: readonly Range[], n: number) =>
  ranges.some(([first, last]) => n >= first && n <= last);

t.test(
  'ranges: joined they mean the same numbers, and do not meet; without others they lack those',
  async (t) => {
    const same = (join: typeof joined) =>
      fc.check(
        fc.property(fc.array(range), range, fc.nat(90), (ranges, hole, n) => {
          const all = join(ranges);
          const left = ranges.flatMap((each) => without(each, hole));
          return (
            among(all, n) === among(ranges, n) &&
            all.every((each, place) => place === 0 || each[0] > (all[place - 1]?.[1] ?? 0) + 1) &&
            among(left, n) === (among(ranges, n) && !among([hole], n))
          );
        }),
      ).failed;
    t.notOk(same(joined));
    t.ok(
      same((ranges) => [...ranges]),
      'unjoined they may meet (control)',
    );
    t.same(rangeOf('10.0.1.7/24').map(dotted), ['10.0.1.0', '10.0.1.255']);
    t.same(rangeOf('0.0.0.0/0').map(dotted), ['0.0.0.0', '255.255.255.255']);
  },
);

const selector = fc.constantFrom({}, { matchLabels: { app: 'a' } }, { matchLabels: { app: 'b' } });
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: fc.constantFrom({}, { matchLabels: { team: 'red' } }) }),
  fc.constantFrom('0.0.0.0/0', '10.244.0.0/29', '10.244.0.4/32').map((cidr) => ({
    ipBlock: { cidr, except: cidr === '10.244.0.4/32' ? [] : ['10.244.0.4/31'] },
  })),
);
const port = fc.oneof(
  fc.constant({ protocol: 'tcp' as const, port: 'web' }),
  fc.constant({ protocol: 'udp' as const }),
  fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(9)).map(([first, more]) => ({
    protocol: 'tcp' as const,
    port: first,
    ...(more > 0 && { endPort: first + more }),
  })),
);
const rules = fc.array(
  fc.record(
    {
      peers: fc.array(peer, { minLength: 1, maxLength: 3 }),
      ports: fc.array(port, { minLength: 1, maxLength: 4 }),
    },
    { requiredKeys: [] },
  ),
  { maxLength: 2 },
);
const world = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.integer({ min: 2, max: 8 }), fc.constantFrom('a', 'b')), {
      selector: ([n]) => n,
      maxLength: 5,
    }),
    fc.array(fc.tuple(selector, fc.option(rules), fc.option(rules)), { maxLength: 3 }),
  )
  .map(([pods, policies]) =>
    facts(
      pods.map(([n, app]) => pod(n, app)),
      policies.map(([podSelector, ingress, egress], n) =>
        policy(`n${n}`, { podSelector, ...(ingress && { ingress }), ...(egress && { egress }) }),
      ),
    ),
  );

/** What nft says of the table after these transactions, without handles; in a network namespace that ends with it. */
function after(texts: readonly string[]): string {
  const script = texts.map((_, n) => `nft -f /dev/fd/${n + 3}`).join(' && ');
  const shell = `${texts.map((text, n) => `exec ${n + 3}<<'END'\n${text}\nEND\n`).join('')}${script} && nft -s list ruleset`;
  const { stdout, stderr, status } = spawnSync('unshare', ['--net', 'bash', '-c', shell], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${stderr}\n${texts.join('\n')}`);
  return stdout.split('\n').sort().join('\n');
}

/** What the text of a transaction makes, by name. */
function presentAfter(text: string): Present {
  const names = (kind: string) =>
    new Set([...text.matchAll(new RegExp(`^add ${kind} ip \\S+ (\\S+)`, 'gm'))].map(([, name = '']) => name));
  return { chains: names('chain'), sets: names('set'), counters: names('counter') };
}

if (requires(t, 'root', 'nft'))
  t.test('from any rules to any others: nft takes it, and it is as if made anew', async (t) => {
    fc.assert(
      fc.property(world, world, (first, second) => {
        const before = policyText(first, NOTHING);
        const changed = policyText(second, presentAfter(before));
        return after([before, changed]) === after([policyText(second, NOTHING)]);
      }),
      { numRuns: Number(process.env.NSLAB_FUZZ ?? 40) },
    );
    const [one, none] = [facts([pod(2, 'a')], [policy('n', { ingress: [] })]), facts([], [])];
    const kept = policyText(none, NOTHING).replace(/^create/, 'add');
    t.not(
      after([policyText(one, NOTHING), kept]),
      after([policyText(none, NOTHING)]),
      'what is not known to be there stays (control)',
    );
  });
