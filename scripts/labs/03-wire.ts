import { addressesOf, addVethPair, applyIp, hostEndOf } from '../../src/lab/actions/veth.ts';
import { has } from '../../src/lab/check.ts';
import { interfaces, newNetwork, pings, routes, runFirst } from '../../src/lab/evidence/network-evidence.ts';
import type { LabScript } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

export default {
  name: 'wire',
  needs: ['busybox'],
  steps: [
    {
      id: 'empty',
      action: async (session) => void (await session.pod('web', { network: 'none' })),
      evidence: { fresh: newNetwork(), interfaces: interfaces('web'), routes: routes('web') },
      checks: [
        {
          id: 'born-down',
          finds: has('fresh', { interface: 'lo' }, ({ up }) => up === false),
          control: {
            id: 'not-fresh',
            async instead(session) {
              await session.pod('web', { network: 'none' });
              runFirst(session, 'ip link set dev lo up');
            },
          },
        },
        {
          id: 'no-route',
          finds: ({ routes = [] }) => (routes.length === 0 ? undefined : { count: routes.length }),
          control: {
            id: 'wired-already',
            instead: async (session) => void (await session.pod('web')),
          },
        },
      ],
    },
    {
      id: 'cable',
      predictions: [
        {
          id: 'without-address',
          choices: ['yes', 'no'],
          answer: (_, { echo }) => (echo?.[0]?.answered ? 'yes' : 'no'),
        },
      ],
      action: (session) => addVethPair(session, 'web'),
      evidence: {
        interfaces: interfaces('web'),
        echo: pings([['web', 'the host', (session) => addressesOf(session).here]]),
      },
      checks: [
        {
          id: 'eth0-there',
          finds: has('interfaces', { interface: 'eth0' }, () => true),
          control: {
            id: 'cable-pulled',
            instead: async () => {},
          },
        },
      ],
    },
    {
      id: 'addresses',
      predictions: [
        {
          id: 'with-address',
          choices: ['yes', 'no'],
          answer: (_, { echo }) => (echo?.[0]?.answered ? 'yes' : 'no'),
        },
      ],
      action: (session) => configure(session),
      evidence: {
        interfaces: interfaces('web'),
        routes: routes('web'),
        echo: pings([
          ['web', 'the host', (session) => addressesOf(session).here],
          ['web', 'itself', (session) => addressesOf(session).there],
        ]),
      },
      checks: [
        {
          id: 'answered',
          finds: has('echo', { to: 'the host' }, ({ answered }) => answered === true),
          control: {
            id: 'host-end-down',
            breaks: (session) => [`ip link set dev ${hostEndOf(session)} down`],
            cures: (session) => [
              `ip link set dev ${hostEndOf(session)} up`,
              session.inNetwork('web', `ip route replace default via ${addressesOf(session).here}`),
            ],
          },
        },
        {
          id: 'connected-route',
          finds: ({ routes = [] }) =>
            routes.some(
              ({ to, via, interface: device }) =>
                String(to).endsWith('/30') && via === null && device === 'eth0',
            )
              ? undefined
              : {},
          control: {
            id: 'wrong-prefix',
            breaks: (session) => readdress(session, 32),
            cures: (session) => readdress(session, PREFIX),
          },
        },
        {
          id: 'own-address',
          finds: has('echo', { to: 'itself' }, ({ answered }) => answered === true),
          control: {
            id: 'lo-down',
            breaks: (session) => [session.inNetwork('web', 'ip link set dev lo down')],
            cures: (session) => [session.inNetwork('web', 'ip link set dev lo up')],
          },
        },
        {
          id: 'default-route',
          finds: has('routes', { to: 'default' }, ({ via }) => via !== null),
          control: {
            id: 'no-default-route',
            breaks: (session) => [session.inNetwork('web', 'ip route delete default')],
            cures: (session) => [
              session.inNetwork('web', `ip route add default via ${addressesOf(session).here}`),
            ],
          },
        },
      ],
    },
  ],
} satisfies LabScript;

const PREFIX = 30;

async function configure(session: LabSession): Promise<void> {
  const name = hostEndOf(session);
  const { here, there } = addressesOf(session);
  await applyIp(session, [
    { do: 'addAddress', name, cidr: `${here}/${PREFIX}` },
    { do: 'setUp', name },
  ]);
  await applyIp(
    session,
    [
      { do: 'addAddress', name: 'eth0', cidr: `${there}/${PREFIX}` },
      { do: 'setUp', name: 'eth0' },
      { do: 'addDefaultRoute', gateway: here, name: 'eth0' },
    ],
    'web',
  );
}

function readdress(session: LabSession, prefix: number): string[] {
  return [
    session.inNetwork('web', 'ip address flush dev eth0'),
    session.inNetwork('web', `ip address add ${addressesOf(session).there}/${prefix} dev eth0`),
    session.inNetwork('web', `ip route replace ${addressesOf(session).here} dev eth0`),
    session.inNetwork('web', `ip route replace default via ${addressesOf(session).here}`),
  ];
}
