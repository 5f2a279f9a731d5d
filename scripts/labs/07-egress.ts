import { has } from '../../src/lab/check.ts';
import { forwarding, listeners, routes } from '../../src/lab/evidence/network-evidence.ts';
import { callers } from '../../src/lab/evidence/programs.ts';
import type { LabScript } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

/** An HTTP server that answers with the source address of the request. */
const ADDRESS_SERVER = `mkdir -p /tmp/www/cgi-bin
printf '#!/bin/sh\\necho\\necho $REMOTE_ADDR\\n' > /tmp/www/cgi-bin/who
chmod +x /tmp/www/cgi-bin/who
exec busybox httpd -f -p 80 -h /tmp/www`;

export default {
  name: 'egress',
  needs: ['busybox'],
  steps: [
    {
      id: 'outside',
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
          finds: has('routes', { to: 'default' }, () => true),
          control: {
            id: 'no-default-route',
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
      predictions: [
        {
          id: 'whose-address',
          choices: ['yes', 'no'],
          answer: (session, { calls }) => (calls?.[0]?.seen === session.podOf('web').address ? 'yes' : 'no'),
        },
        {
          id: 'without-masquerade',
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
          finds: has('calls', {}, ({ seen }) => seen !== null),
          control: {
            id: 'forward-drop',
            breaks: (session) => [
              `nft 'add chain ip ${session.tableOf('inner')} lab { type filter hook forward priority 0; policy drop; }'`,
            ],
            cures: (session) => [`nft delete chain ip ${session.tableOf('inner')} lab`],
          },
        },
        {
          id: 'forwards',
          finds: has('forwarding', {}, ({ forwards }) => forwards === true),
          control: {
            id: 'forwarding-off',
            breaks: (session) => [`echo 0 > /proc/sys/net/ipv4/conf/${bridgeOf(session, 'web')}/forwarding`],
            cures: (session) => [`echo 1 > /proc/sys/net/ipv4/conf/${bridgeOf(session, 'web')}/forwarding`],
          },
        },
        {
          id: 'masqueraded',
          finds: has('calls', {}, ({ seen, host }) => seen === host),
          control: {
            id: 'no-masquerade',
            breaks: (session) => [`nft flush chain ip ${session.tableOf('inner')} postrouting`],
            cures: (session) => [
              `nft 'add rule ip ${session.tableOf('inner')} postrouting ip saddr ${subnetOf(session, 'web')} ip daddr != ${subnetOf(session, 'web')} masquerade'`,
            ],
          },
        },
      ],
    },
  ],
} satisfies LabScript;

/** A /24 of this session in the network for benchmarks, which no real network routes (RFC 2544). */
function benchmarkNet({ id }: LabSession): string {
  return `198.18.${Number.parseInt(id, 16) % 256}.0/24`;
}

function wiringOf(
  session: LabSession,
  role: string,
): { gateway: string; bridge: string; addresses: readonly string[] } {
  return session.podOf(role).inspect().network as {
    gateway: string;
    bridge: string;
    addresses: readonly string[];
  };
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
