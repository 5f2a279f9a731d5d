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
    {
      map: {
        ...{ family: 'ip', table: 'nslab', name: 'addressports' },
        elem: [[{ concat: ['127.0.0.1', 'tcp', 8080] }, { concat: ['10.244.0.4', 80] }]],
      },
    },
    rule('output', local, {
      dnat: { family: 'ip', addr: { map: { key: { concat: [] }, data: '@addressports' } } },
    }),
    rule('prerouting', local, dnat),
    rule('output', local, dnat),
    rule('postrouting', from('10.244.0.0', 16), match(DADDR, prefix('10.244.0.0', 16), '!='), {
      masquerade: null,
    }),
  ];
  const words = natInWords(ruleset as unknown as NftObject[]);
  t.same(words, [
    'to 127.0.0.1, tcp port 8080, to this machine: dnat, destination becomes 10.244.0.4:80',
    'tcp port 8080, to this machine: dnat, destination becomes 10.244.0.2:80',
    'udp port 53, to this machine: dnat, destination becomes 10.244.0.3:5353',
    "from 10.244.0.0/16, not to 10.244.0.0/16: masquerade, source becomes the outgoing interface's address",
  ]);
  t.same(
    natInWords(ruleset.slice(1) as unknown as NftObject[]).length,
    2,
    'a map of the same name in another table is not used (control)',
  );
});

t.test('rules of other programs', async (t) => {
  const tcp = match({ payload: { protocol: 'tcp', field: 'dport' } }, { set: [80, { range: [8000, 8080] }] });
  const out = match({ meta: { key: 'oifname' } }, 'docker0', '!=');
  const rules: [statements: object[], words: string][] = [
    [
      [tcp, { dnat: { addr: '10.0.0.2', port: 81 } }],
      'tcp port 80 or 8000-8080: dnat, destination becomes 10.0.0.2:81',
    ],
    [[{ snat: { addr: '192.0.2.1' } }], 'snat, source becomes 192.0.2.1'],
    [
      [tcp, { redirect: { port: 3128 } }],
      'tcp port 80 or 8000-8080: redirect, destination becomes this machine:3128',
    ],
    [
      [from('172.17.0.0', 16), out, { counter: {} }, { xt: { type: 'target', name: 'MASQUERADE' } }],
      "from 172.17.0.0/16, not out by docker0: masquerade, source becomes the outgoing interface's address",
    ],
    [
      [{ xt: { type: 'target', name: 'DNAT' } }],
      'dnat, destination becomes another address (`iptables -t nat -S` shows which)',
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

t.test('a Service: one of several by chance, and how many connections it has led', async (t) => {
  const goto = (target: string) => ({ goto: { target } });
  const service = (name: string, to: object) => [
    rule(
      `service-${name}`,
      { counter: `service-${name}` },
      { vmap: { key: { numgen: { mode: 'random', mod: 2 } }, data: { set: to } } },
    ),
  ];
  const ruleset = [
    {
      map: {
        ...{ family: 'ip', table: 'nslab', name: 'service-ips', map: 'verdict' },
        elem: [
          [{ concat: ['10.96.0.2', 'tcp', 80] }, goto('service-web')],
          [{ concat: ['10.96.0.3', 'tcp', 80] }, goto('reject-chain')],
        ],
      },
    },
    {
      map: {
        ...{ family: 'ip', table: 'nslab', name: 'nodeports', map: 'verdict' },
        elem: [[{ concat: ['tcp', 30080] }, goto('external-web')]],
      },
    },
    { counter: { family: 'ip', table: 'nslab', name: 'service-web', packets: 12 } },
    { counter: { family: 'ip', table: 'nslab', name: 'endpoint-a', packets: 7 } },
    { counter: { family: 'ip', table: 'nslab', name: 'endpoint-b', packets: 5 } },
    rule('reject-chain', { reject: null }),
    rule('external-web', { jump: { target: 'mark' } }, goto('service-web')),
    ...service('web', [
      [0, goto('endpoint-a')],
      [1, goto('endpoint-b')],
    ]),
    rule('endpoint-a', { dnat: { addr: '10.244.0.2', port: 8080 } }),
    rule('endpoint-b', { dnat: { addr: '10.244.0.3', port: 8080 } }),
    rule('other', { dnat: { addr: '10.244.0.9', port: 1 } }),
  ];
  t.same(natInWords(ruleset as unknown as NftObject[]), [
    'dnat, destination becomes 10.244.0.9:1',
    'to 10.96.0.2, tcp port 80: goes to one of 2: 10.244.0.2:8080 (7), 10.244.0.3:8080 (5) (dnat); 12 connections so far',
    'tcp port 30080: goes to one of 2: 10.244.0.2:8080, 10.244.0.3:8080 (dnat)',
  ]);
  const named = (of: string) =>
    natInWords(
      JSON.parse(
        JSON.stringify(ruleset).replace(/(service|external)-web/g, `$1-${of}/tcp/80`),
      ) as NftObject[],
    ).map((sentence) => sentence.replace(/ goes .*/, ''));
  const [other, byAddress, byPort] = [
    'dnat, destination becomes 10.244.0.9:1',
    ...['to 10.96.0.2, tcp port 80:', 'tcp port 30080:'],
  ];
  t.same(named('default/web'), [other, `Service web: ${byAddress}`, `Service web: ${byPort}`], 'its name');
  t.same(named('2QRHZV4L-shop/web'), [
    other,
    `Service web.shop: ${byAddress}`,
    `Service web.shop: ${byPort}`,
  ]);
  t.same(named('web'), [other, byAddress, byPort], 'a chain of another form has none (control)');
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
