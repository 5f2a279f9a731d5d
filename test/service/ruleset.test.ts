import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import type { Endpoint } from '../../src/service/endpoints.ts';
import { NOTHING, type Present } from '../../src/service/present.ts';
import type { ProxyRecord, ServiceRecord } from '../../src/service/record.ts';
import { type Facts, rulesText, type ServedPort } from '../../src/service/ruleset.ts';
import { requires } from '../requires.ts';

const PROXY: ProxyRecord = {
  uid: 'aaaa',
  instance: { id: 'abcdefgh', bootId: 'b', netnsCookie: '1', netns: 1, pidns: 1 },
  table: 'nslab_svc_x',
  cidr: '10.96.0.0/16',
};

const served = (
  name: string,
  last: number,
  ends: readonly number[],
  more: Partial<ServiceRecord> = {},
): ServedPort => {
  const port = {
    protocol: 'tcp',
    port: 80,
    targetPort: 8080,
    ...(more.type === 'NodePort' && { nodePort: 30_000 + last }),
  } as const;
  const endpoints = ends.map(
    (n): Endpoint => ({ pod: `p${n}`, address: `10.244.0.${n}`, port: 8080, ready: true }),
  );
  const record = {
    apiVersion: 'nslab/v1',
    kind: 'Service',
    uid: name,
    createdAt: '',
    namespace: 'default',
    type: 'ClusterIP',
  } as const;
  return {
    service: { ...record, name, ports: [port], clusterIP: `10.96.0.${last}`, ...more },
    port,
    endpoints,
  };
};

const facts = (...all: ServedPort[]): Facts => ({
  proxy: PROXY,
  podSubnets: ['10.244.0.0/16'],
  unfilteredSubnets: [],
  served: all,
});

const GOLDEN = [
  ...[4, 5].flatMap((n) => {
    const chain = `endpoint-default/web/tcp/80/10.244.0.${n}/8080`;
    return [
      ...[`add counter ${chain}`, `add chain ${chain}`, `flush chain ${chain}`],
      `add rule ${chain} ip saddr 10.244.0.${n} jump mark-for-masquerade comment "a pod that reaches itself"`,
      `add rule ${chain} counter name "${chain}" meta l4proto tcp dnat to 10.244.0.${n}:8080 comment "pod p${n}"`,
    ];
  }),
  ...['add counter', 'add chain', 'flush chain'].map((verb) => `${verb} service-default/web/tcp/80`),
  'add rule service-default/web/tcp/80 counter name "service-default/web/tcp/80"',
  'add rule service-default/web/tcp/80 ip daddr 10.96.0.2 jump cluster-clients',
  'add rule service-default/web/tcp/80 numgen random mod 2 vmap { 0 : goto endpoint-default/web/tcp/80/10.244.0.4/8080, 1 : goto endpoint-default/web/tcp/80/10.244.0.5/8080 }',
  'add element service-ips { 10.96.0.2 . tcp . 80 : goto service-default/web/tcp/80 }',
  'add element no-endpoint-services { 10.96.0.3 . tcp . 80 : goto reject-chain }',
];

t.test('a Service in the names of kube-proxy', async (t) => {
  const text = rulesText(facts(served('web', 2, [4, 5]), served('nobody', 3, [])), NOTHING);
  const lines = text.split('\n').filter((line) => /default\/|reject-chain }/.test(line));
  t.strictSame(
    lines.map((line) => line.replaceAll(' ip nslab_svc_x ', ' ')),
    GOLDEN,
  );
  const headless = rulesText(facts(served('heads', 2, [4], { clusterIP: 'None' })), NOTHING);
  t.notMatch(headless, /default\/heads/, 'a headless Service is a name alone');
});

/** What nft says of the table after these transactions, without handles; in a network namespace that ends with it. */
function after(texts: readonly string[]): string {
  const script = texts.map((_, n) => `nft -f /dev/fd/${n + 3}`).join(' && ');
  const shell = `${texts.map((text, n) => `exec ${n + 3}<<'END'\n${text}\nEND\n`).join('')}${script} && nft -s list ruleset`;
  const { stdout, stderr, status } = spawnSync('unshare', ['--net', 'bash', '-c', shell], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout : `failed: ${stderr}`;
}

/** As the kernel would list it: what a former sync has made. */
function presentAfter({ served: all }: Facts): Present {
  const text = rulesText(facts(...all), NOTHING);
  const names = (kind: string) =>
    new Set(
      [...text.matchAll(new RegExp(`^add ${kind} ip nslab_svc_x (\\S+/\\S+)`, 'gm'))].map(
        ([, name]) => name ?? '',
      ),
    );
  return { chains: names('chain'), sets: names('set'), counters: names('counter') };
}

if (requires(t, 'root', 'nft'))
  t.test('from any state to any other, the rules are those of a new table', async (t) => {
    const service = fc
      .tuple(
        fc.constantFrom('a', 'b', 'c'),
        fc.uniqueArray(fc.integer({ min: 2, max: 9 }), { maxLength: 3 }),
        fc.constantFrom<Partial<ServiceRecord>>(
          {},
          { affinity: 60 },
          { type: 'NodePort' },
          { type: 'NodePort', keepsSource: true },
        ),
      )
      .map(([name, ends, more]) => served(name, 'abc'.indexOf(name) + 2, ends, more));
    const state = fc.uniqueArray(service, { selector: (each) => each.service.name, maxLength: 3 });
    fc.assert(
      fc.property(state, state, (one, other) => {
        const [from, to] = [facts(...one), facts(...other)];
        const fresh = after([rulesText(to, NOTHING)]);
        t.match(fresh, /^table ip nslab_svc_x/, 'nft takes it');
        const changed = after([rulesText(from, NOTHING), rulesText(to, presentAfter(from))]);
        t.same(sorted(changed), sorted(fresh));
      }),
      { numRuns: 25 },
    );
    t.match(
      after(['add rule ip nosuch chain accept']),
      /^failed/,
      'what nft does not take is seen (control)',
    );
  });

/** Objects stand in the order of their making, which means nothing. */
function sorted(ruleset: string): string[] {
  const blocks =
    ruleset.replace(/^\tcomment .*\n/m, '').match(/^\t\S[^{}]*\{(?:[^{}]|\{[^{}]*\})*\}/gm) ?? [];
  return blocks.map((block) => block.replace(/\s+/g, ' ')).sort();
}
