import t from 'tap';
import { effectsOn, type RulesetObject } from '../../src/compare/facts/ruleset.ts';

/** Objects of `nft -j list ruleset`: Docker's, made by iptables-nft, and a table of ours. */
const chain = (table: string, name: string, hook?: string): RulesetObject => ({
  chain: { family: 'ip', table, name, ...(hook && { type: table === 'nat' ? 'nat' : 'filter', hook }) },
});
const rule = (table: string, chain: string, ...expr: object[]): RulesetObject => ({
  rule: { family: 'ip', table, chain, expr },
});
const link = (key: string, right: string) => ({ match: { op: '==', left: { meta: { key } }, right } });
const from = (addr: string) => ({ match: { op: '==', left: {}, right: { prefix: { addr, len: 16 } } } });

const LISTED: readonly RulesetObject[] = [
  chain('filter', 'FORWARD', 'forward'),
  rule('filter', 'FORWARD', { jump: { target: 'PARTING' } }),
  rule('filter', 'FORWARD', link('iifname', 'docker0'), { accept: null }),
  chain('filter', 'PARTING'),
  rule('filter', 'PARTING', link('oifname', 'docker0'), { counter: {} }, { drop: null }),
  rule('filter', 'PARTING', { return: null }),
  chain('nat', 'POSTROUTING', 'postrouting'),
  rule('nat', 'POSTROUTING', from('172.17.0.0'), { xt: { type: 'target', name: 'MASQUERADE' } }),
  chain('nat', 'PREROUTING', 'prerouting'),
  rule('nat', 'PREROUTING', {
    dnat: { addr: { map: { key: { meta: { key: 'l4proto' } }, data: '@hostports' } } },
  }),
  { map: { name: 'hostports', elem: [[{ concat: ['tcp', 80] }, { concat: ['10.244.0.2', 80] }]] } },
  chain('filter', 'LOST'),
  rule('filter', 'LOST', link('iifname', 'docker0'), { reject: null }),
];

t.test('effects of rules that mention a pod, by hook', async (t) => {
  const effects = (...names: string[]) => effectsOn(new Set(names), LISTED);
  t.equal(
    effects('docker0', '172.17.0.0'),
    'filter forward: accept, drop; nat postrouting: masquerade',
    'by link, by subnet, and in a chain that is jumped to; not in an unreachable chain',
  );
  t.equal(effects('10.244.0.2'), 'nat prerouting: dnat', 'through a map that has its address');
  t.equal(effects('docker1', '172.18.0.0', '10.244.0.3'), 'none', 'no rule mentions other names (control)');
  t.equal(effectsOn(new Set(['docker0']), []), 'none');
});

t.test('chains that jump to each other do not loop', async (t) => {
  const circle = [
    chain('filter', 'A', 'input'),
    rule('filter', 'A', { goto: { target: 'B' } }),
    rule('filter', 'B', { jump: { target: 'A' } }, link('iifname', 'x')),
    rule('filter', 'B', link('iifname', 'x'), { accept: null }),
  ];
  t.equal(effectsOn(new Set(['x']), circle), 'filter input: accept');
});
