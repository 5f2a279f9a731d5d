import { addressesOf, addVethPair, applyIp, hostEndOf } from '../../src/lab/actions/veth.ts';
import { has } from '../../src/lab/check.ts';
import { interfaces, newNetwork, pings, routes, runFirst } from '../../src/lab/evidence/network-evidence.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

export default {
  name: 'wire',
  title: 'A wire into an empty network',
  goal: 'What a new network namespace lacks, and what it needs to send a packet: a link, an address, the state up, a route.',
  drawing: `
    this host                             web
      cable     a.b.c.1/30 ───────────── eth0  a.b.c.2/30
                          veth pair     lo
  `,
  needs: ['busybox'],
  steps: [
    {
      id: 'empty',
      goal: 'What does a new network namespace contain?',
      action: async (session) => void (await session.pod('web', { network: 'none' })),
      evidence: { fresh: newNetwork(), interfaces: interfaces('web'), routes: routes('web') },
      checks: [
        {
          id: 'born-down',
          says: 'its loopback interface is down at first',
          fault: has(
            'fresh',
            { interface: 'lo' },
            ({ up }) => up === false,
            'the loopback interface of a new namespace is up',
          ),
          control: {
            id: 'not-fresh',
            what: 'lo was set up before the namespace was read',
            async instead(session) {
              await session.pod('web', { network: 'none' });
              runFirst(session, 'ip link set dev lo up');
            },
          },
        },
        {
          id: 'no-route',
          says: 'it has no route',
          fault: ({ routes = [] }) => (routes.length === 0 ? undefined : `it has ${routes.length} routes`),
          control: {
            id: 'wired-already',
            what: 'the pod was created with a network',
            instead: async (session) => void (await session.pod('web')),
          },
        },
      ],
    },
    {
      id: 'cable',
      goal: 'A veth pair: one end on the host, the other is created inside as eth0. No address yet.',
      predictions: [
        {
          id: 'without-address',
          question: 'The veth pair exists. Will an echo request to the host be answered?',
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
          says: 'eth0 exists: what enters one end of the pair leaves at the other',
          fault: has('interfaces', { interface: 'eth0' }, () => true, 'there is no eth0 in the pod'),
          control: {
            id: 'cable-pulled',
            what: 'the veth pair was not created',
            instead: async () => {},
          },
        },
      ],
    },
    {
      id: 'addresses',
      goal: 'Both ends get an address of one subnet, and are set up.',
      predictions: [
        {
          id: 'with-address',
          question: 'Will an echo request be answered now?',
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
          says: 'the host answers',
          fault: has(
            'echo',
            { to: 'the host' },
            ({ answered }) => answered === true,
            'no answer from the host: are both ends up, with addresses of one subnet?',
          ),
          control: {
            id: 'peer-down',
            what: 'the host end of the veth pair is down',
            breaks: (session) => [`ip link set dev ${hostEndOf(session)} down`],
            cures: (session) => [
              `ip link set dev ${hostEndOf(session)} up`,
              session.inNetwork('web', `ip route replace default via ${addressesOf(session).here}`),
            ],
          },
        },
        {
          id: 'connected-route',
          says: 'the kernel has added a route with the address: its subnet is on eth0',
          fault: ({ routes = [] }) =>
            routes.some(
              ({ to, via, interface: device }) =>
                String(to).endsWith('/30') && via === null && device === 'eth0',
            )
              ? undefined
              : 'there is no route to a /30 on eth0: has the address the wrong prefix length?',
          control: {
            id: 'wrong-prefix',
            what: 'the address in the pod has a wrong prefix length',
            breaks: (session) => readdress(session, 32),
            cures: (session) => readdress(session, PREFIX),
          },
        },
        {
          id: 'own-address',
          says: 'its own address is reached through lo',
          fault: has(
            'echo',
            { to: 'itself' },
            ({ answered }) => answered === true,
            'its own address does not answer: such packets go through lo',
          ),
          control: {
            id: 'lo-down',
            what: 'the loopback interface of the pod is down',
            breaks: (session) => [session.inNetwork('web', 'ip link set dev lo down')],
            cures: (session) => [session.inNetwork('web', 'ip link set dev lo up')],
          },
        },
        {
          id: 'default-route',
          says: 'all other packets go to the host',
          fault: has('routes', { to: 'default' }, ({ via }) => via !== null, 'there is no default route'),
          control: {
            id: 'no-default-route',
            what: 'the default route is missing',
            breaks: (session) => [session.inNetwork('web', 'ip route delete default')],
            cures: (session) => [
              session.inNetwork('web', `ip route add default via ${addressesOf(session).here}`),
            ],
          },
        },
      ],
    },
  ],
} satisfies Lab;

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
