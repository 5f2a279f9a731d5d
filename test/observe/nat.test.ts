import t from 'tap';
import type { NftObject } from '../../src/net/nft.ts';
import { natInWords } from '../../src/observe/nat.ts';

const DADDR = { payload: { protocol: 'ip', field: 'daddr' } };

const ELEMENTS = [
  [{ elem: { val: { concat: ['tcp', 8080] }, comment: 'nslab:pod/web' } }, { concat: ['10.244.0.2', 80] }],
  [{ concat: ['udp', 53] }, { concat: ['10.244.0.3', 5353] }],
];

t.test('nslab’s own rules: each published port, and masquerade', async (t) => {
  const dnat = {
    dnat: { family: 'ip', addr: { map: { key: { concat: [] }, data: '@hostports' } } },
  };
  const local = match({ fib: { result: 'type', flags: ['daddr'] } }, 'local');
  const ruleset = [
    { map: { family: 'ip', table: 'nslab', name: 'hostports', elem: ELEMENTS } },
    {
      map: {
        family: 'ip',
        table: 'other',
        name: 'hostports',
        elem: [[{ concat: ['udp', 53] }, '192.0.2.9']],
      },
    },
    rule('prerouting', local, dnat),
    rule('output', local, dnat),
    rule('postrouting', from('10.244.0.0', 16), match(DADDR, prefix('10.244.0.0', 16), '!='), {
      masquerade: null,
    }),
  ];
  const words = natInWords(ruleset as unknown as NftObject[]);
  t.same(words, [
    'tcp port 8080, to this machine: goes to 10.244.0.2:80 (dnat)',
    'udp port 53, to this machine: goes to 10.244.0.3:5353 (dnat)',
    'from 10.244.0.0/16, not to 10.244.0.0/16: leaves with the address of the outgoing interface (masquerade)',
  ]);
  t.same(
    natInWords(ruleset.slice(1) as unknown as NftObject[]).length,
    1,
    'a map of the same name in another table is not used (control)',
  );
});

t.test('rules of other programs', async (t) => {
  const tcp = match({ payload: { protocol: 'tcp', field: 'dport' } }, { set: [80, { range: [8000, 8080] }] });
  const out = match({ meta: { key: 'oifname' } }, 'docker0', '!=');
  const rules: [statements: object[], words: string][] = [
    [[tcp, { dnat: { addr: '10.0.0.2', port: 81 } }], 'tcp port 80 or 8000-8080: goes to 10.0.0.2:81 (dnat)'],
    [[{ snat: { addr: '192.0.2.1' } }], 'leaves as 192.0.2.1 (snat)'],
    [[tcp, { redirect: { port: 3128 } }], 'tcp port 80 or 8000-8080: goes to this machine:3128 (redirect)'],
    [
      [from('172.17.0.0', 16), out, { counter: {} }, { xt: { type: 'target', name: 'MASQUERADE' } }],
      'from 172.17.0.0/16, not out by docker0: leaves with the address of the outgoing interface (masquerade)',
    ],
    [
      [{ xt: { type: 'target', name: 'DNAT' } }],
      'goes to another address (dnat; `iptables -t nat -S` shows which)',
    ],
  ];
  for (const [statements, words] of rules)
    t.same(natInWords([rule('any', ...statements)] as unknown as NftObject[]), [words]);
  const no = [
    rule('any', tcp, { accept: null }),
    rule('any', { xt: { type: 'match', name: 'SNAT' } }),
    { table: {} },
  ];
  t.same(
    natInWords(no as unknown as NftObject[]),
    [],
    'rules without address translation are ignored (control)',
  );
  const strange = [
    rule('any', match({ odd: 1 } as never, {}), { dnat: { addr: { odd: 1 } } }),
    rule('x', { dnat: null }),
  ];
  t.same(natInWords(strange as unknown as NftObject[]).length, 2, 'unknown statements do not stop the rest');
});

function rule(chain: string, ...expr: object[]): object {
  return { rule: { family: 'ip', table: 'nslab', chain, expr } };
}

function match(left: object, right: unknown, op = '=='): object {
  return { match: { op, left, right } };
}

function prefix(addr: string, len: number): object {
  return { prefix: { addr, len } };
}

function from(addr: string, len: number): object {
  return match({ payload: { protocol: 'ip', field: 'saddr' } }, prefix(addr, len));
}
