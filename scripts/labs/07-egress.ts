import { has } from '../../src/lab/check.ts';
import { forwarding, listeners, routes } from '../../src/lab/evidence/network-evidence.ts';
import { callers } from '../../src/lab/evidence/programs.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

/** An HTTP server that answers with the source address of the request. */
const ADDRESS_SERVER = `mkdir -p /tmp/www/cgi-bin
printf '#!/bin/sh\\necho\\necho $REMOTE_ADDR\\n' > /tmp/www/cgi-bin/who
chmod +x /tmp/www/cgi-bin/who
exec busybox httpd -f -p 80 -h /tmp/www`;

export default {
  name: 'egress',
  title: 'To the outside: forwarding and masquerade',
  goal: 'A pod’s packet leaves with an address of the host, because machines outside have no route to the pod.',
  drawing: `
    web 10.x.0.2 ── bridge ── this host ── bridge ── 198.18.n.2 server     "the internet" of this lab
                       │         │            │
                   forwarding  masquerade   sees the host, not the pod
  `,
  needs: ['busybox'],
  steps: [
    {
      id: 'outside',
      goal: 'A pod on one network, and beyond the host a server on another: it answers with the source address that it sees.',
      async action(session) {
        await session.network('inner');
        await session.pod('web', { network: 'inner' });
        await session.network('outer', { subnet: benchmarkNet(session) });
        await session.pod('server', { network: 'outer' });
        await session.run('server', 'who', ['sh', '-c', ADDRESS_SERVER]);
        await session.until(listeners('server'), (rows) => rows.some(({ port }) => port === 80));
        // Like a machine outside, it has no route to the pods.
        await session.shell([session.inNetwork('server', 'ip route delete default')]);
      },
      evidence: { routes: routes('web') },
      checks: [
        {
          id: 'default-route',
          says: 'the pod sends packets for other networks to its gateway, the bridge',
          fault: has('routes', { to: 'default' }, () => true, 'there is no default route in the pod'),
          control: {
            id: 'no-default-route',
            what: 'the default route of the pod is missing',
            breaks: (session) => [session.inNetwork('web', 'ip route delete default')],
            cures: (session) => [
              session.inNetwork('web', `ip route add default via ${gatewayOf(session, 'web')}`),
            ],
          },
        },
      ],
    },
    {
      id: 'call',
      goal: 'The pod sends a request to the server.',
      predictions: [
        {
          id: 'whose-address',
          question: 'The server answers with the source address. Will it be that of the pod?',
          choices: ['yes', 'no'],
          answer: (session, { calls }) => (calls?.[0]?.seen === session.podOf('web').address ? 'yes' : 'no'),
        },
        {
          id: 'without-masquerade',
          question: 'The server has no route to the pod. Would an answer to the address of the pod arrive?',
          choices: ['yes', 'no'],
          answer: async (session) =>
            (await session.exec('server', ['ip', 'route', 'get', session.podOf('web').address ?? '']))
              .status === 0
              ? 'yes'
              : 'no',
        },
      ],
      async action() {},
      evidence: { calls: callers([['web', 'server']]), forwarding: forwarding(['web']) },
      checks: [
        {
          id: 'reached',
          says: 'the request arrives and is answered',
          fault: has(
            'calls',
            {},
            ({ seen }) => seen !== null,
            'no answer: does this host forward packets of the pod, or does a firewall drop them?',
          ),
          control: {
            id: 'forward-drop',
            what: 'a firewall on this host drops forwarded packets',
            breaks: (session) => [
              `nft 'add chain ip ${session.tableOf('inner')} lab { type filter hook forward priority 0; policy drop; }'`,
            ],
            cures: (session) => [`nft delete chain ip ${session.tableOf('inner')} lab`],
          },
        },
        {
          id: 'forwards',
          says: 'the bridge forwards: the setting of the input interface counts',
          fault: has(
            'forwarding',
            {},
            ({ forwards }) => forwards === true,
            'this host does not forward packets that arrive on the bridge of the pod',
          ),
          control: {
            id: 'forwarding-off',
            what: 'forwarding is off on the bridge of the pod',
            breaks: (session) => [`echo 0 > /proc/sys/net/ipv4/conf/${bridgeOf(session, 'web')}/forwarding`],
            cures: (session) => [`echo 1 > /proc/sys/net/ipv4/conf/${bridgeOf(session, 'web')}/forwarding`],
          },
        },
        {
          id: 'masqueraded',
          says: 'the server sees an address of this host: the source address was translated',
          fault: has(
            'calls',
            {},
            ({ seen, host }) => seen === host,
            'the source is not an address of this host: it is not translated, and no answer can arrive',
          ),
          control: {
            id: 'no-masquerade',
            what: 'the masquerade rule is missing',
            breaks: (session) => [`nft flush chain ip ${session.tableOf('inner')} postrouting`],
            cures: (session) => [
              `nft 'add rule ip ${session.tableOf('inner')} postrouting ip saddr ${subnetOf(session, 'web')} ip daddr != ${subnetOf(session, 'web')} masquerade'`,
            ],
          },
        },
      ],
    },
  ],
} satisfies Lab;

/** A /24 of this session in the network for benchmarks, which no real network routes (RFC 2544). */
function benchmarkNet({ id }: LabSession): string {
  return `198.18.${Number.parseInt(id, 16) % 256}.0/24`;
}

function wiringOf(
  session: LabSession,
  role: string,
): { gateway: string; bridge: string; addresses: string[] } {
  return session.podOf(role).inspect().network as { gateway: string; bridge: string; addresses: string[] };
}

function gatewayOf(session: LabSession, role: string): string {
  return wiringOf(session, role).gateway;
}

function bridgeOf(session: LabSession, role: string): string {
  return wiringOf(session, role).bridge;
}

function subnetOf(session: LabSession, role: string): string {
  const { gateway, addresses } = wiringOf(session, role);
  return `${gateway.replace(/\.1$/, '.0')}/${addresses[0]?.split('/')[1]}`;
}
