import { cableOf, endsOf, ip, plugCable } from '../../src/lab/actions/veth.ts';
import { has } from '../../src/lab/check.ts';
import { atBirth, interfaces, newNetwork, pings, routes } from '../../src/lab/evidence/network-evidence.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

export default {
  name: 'wire',
  title: 'A wire into an empty network',
  goal: 'What a new network namespace lacks, and the four things that let a packet through: a cable, an address, up, a route.',
  drawing: `
    this host                             web
      cable     a.b.c.1/30 ───────────── eth0  a.b.c.2/30
                          veth pair     lo
  `,
  needs: ['busybox'],
  steps: [
    {
      id: 'empty',
      goal: 'What is in a network namespace that was just made?',
      action: async (session) => void (await session.pod('web', { network: 'none' })),
      evidence: { fresh: newNetwork(), interfaces: interfaces('web'), routes: routes('web') },
      checks: [
        {
          id: 'born-down',
          says: 'its loopback is down when it is born',
          fault: has(
            'fresh',
            { interface: 'lo' },
            ({ up }) => up === false,
            'the loopback of a new namespace is up',
          ),
          control: {
            id: 'not-fresh',
            what: 'it is not a new namespace that was looked at, but one in which lo was set up',
            async instead(session) {
              await session.pod('web', { network: 'none' });
              atBirth(session, 'ip link set dev lo up');
            },
          },
        },
        {
          id: 'no-route',
          says: 'it knows no way to anybody else',
          fault: ({ routes = [] }) => (routes.length === 0 ? undefined : `it has ${routes.length} routes`),
          control: {
            id: 'wired-already',
            what: 'it was wired to a network when it was made',
            instead: async (session) => void (await session.pod('web')),
          },
        },
      ],
    },
    {
      id: 'cable',
      goal: 'A veth pair: one end here, the other is born in there. No address yet.',
      predictions: [
        {
          id: 'without-address',
          question: 'The cable is in. Will an echo request to the host be answered?',
          choices: ['yes', 'no'],
          answer: (_, { echo }) => (echo?.[0]?.answered ? 'yes' : 'no'),
        },
      ],
      action: (session) => plugCable(session, 'web'),
      evidence: {
        interfaces: interfaces('web'),
        echo: pings([['web', 'the host', (session) => endsOf(session).here]]),
      },
      checks: [
        {
          id: 'eth0-there',
          says: 'eth0 is there: what goes into the one end comes out of the other',
          fault: has('interfaces', { interface: 'eth0' }, () => true, 'there is no eth0 in the pod'),
          control: {
            id: 'cable-pulled',
            what: 'the cable was pulled out: one end is gone, and the other with it',
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
          question: 'And now?',
          choices: ['yes', 'no'],
          answer: (_, { echo }) => (echo?.[0]?.answered ? 'yes' : 'no'),
        },
      ],
      action: (session) => configure(session),
      evidence: {
        interfaces: interfaces('web'),
        routes: routes('web'),
        echo: pings([
          ['web', 'the host', (session) => endsOf(session).here],
          ['web', 'itself', (session) => endsOf(session).there],
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
            'no answer from the host: is the cable up at both ends, and has each an address of the same subnet?',
          ),
          control: {
            id: 'peer-down',
            what: 'the end of the cable on this host is down',
            breaks: (session) => [`ip link set dev ${cableOf(session)} down`],
            cures: (session) => [
              `ip link set dev ${cableOf(session)} up`,
              session.inNetwork('web', `ip route replace default via ${endsOf(session).here}`),
            ],
          },
        },
        {
          id: 'connected-route',
          says: 'the address has brought a route along: its subnet is on eth0',
          fault: ({ routes = [] }) =>
            routes.some(
              ({ to, via, interface: device }) =>
                String(to).endsWith('/30') && via === null && device === 'eth0',
            )
              ? undefined
              : 'there is no route to a /30 on eth0: an address with a wrong prefix length brings another one',
          control: {
            id: 'wrong-prefix',
            what: 'the address in the pod has a wrong prefix length',
            breaks: (session) => readdress(session, 32),
            cures: (session) => readdress(session, PREFIX),
          },
        },
        {
          id: 'own-address',
          says: 'its own address is reached by lo',
          fault: has(
            'echo',
            { to: 'itself' },
            ({ answered }) => answered === true,
            'its own address does not answer: packets to oneself take lo',
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
          says: 'everything else goes to the host',
          fault: has('routes', { to: 'default' }, ({ via }) => via !== null, 'there is no default route'),
          control: {
            id: 'no-default-route',
            what: 'the default route is missing',
            breaks: (session) => [session.inNetwork('web', 'ip route delete default')],
            cures: (session) => [
              session.inNetwork('web', `ip route add default via ${endsOf(session).here}`),
            ],
          },
        },
      ],
    },
  ],
} satisfies Lab;

const PREFIX = 30;

async function configure(session: LabSession): Promise<void> {
  const name = cableOf(session);
  const { here, there } = endsOf(session);
  await ip(session, [
    { do: 'addAddress', name, cidr: `${here}/${PREFIX}` },
    { do: 'setUp', name },
  ]);
  await ip(
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
    session.inNetwork('web', `ip address add ${endsOf(session).there}/${prefix} dev eth0`),
    session.inNetwork('web', `ip route replace ${endsOf(session).here} dev eth0`),
    session.inNetwork('web', `ip route replace default via ${endsOf(session).here}`),
  ];
}
