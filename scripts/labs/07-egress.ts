import { has } from '../../src/lab/check.ts';
import { forwarding, listeners, routes } from '../../src/lab/evidence/network-evidence.ts';
import { callers } from '../../src/lab/evidence/programs.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

/** Answers each caller with the address that it sees of him. */
const WHO_CALLS = `mkdir -p /tmp/www/cgi-bin
printf '#!/bin/sh\\necho\\necho $REMOTE_ADDR\\n' > /tmp/www/cgi-bin/who
chmod +x /tmp/www/cgi-bin/who
exec busybox httpd -f -p 80 -h /tmp/www`;

export default {
  name: 'egress',
  title: 'To the outside: forwarding and masquerade',
  goal: 'A packet of a pod leaves as one of the host, because nobody outside knows the way back to the pod.',
  drawing: `
    web 10.x.0.2 ── bridge ── this host ── bridge ── 198.18.n.2 server     "the internet" of this lab
                       │         │            │
                   forwarding  masquerade   sees the host, not the pod
  `,
  needs: ['busybox'],
  steps: [
    {
      id: 'outside',
      goal: 'A network of a pod, and beyond the host another one with a server: it answers with the address that it sees.',
      async action(session) {
        await session.network('inner');
        await session.pod('web', { network: 'inner' });
        await session.network('outer', { subnet: benchmarkNet(session) });
        await session.pod('server', { network: 'outer' });
        await session.run('server', 'who', ['sh', '-c', WHO_CALLS]);
        await session.until(listeners('server'), (rows) => rows.some(({ port }) => port === 80));
        // Nobody outside knows a way to our pods.
        await session.shell([session.inNetwork('server', 'ip route delete default')]);
      },
      evidence: { routes: routes('web') },
      checks: [
        {
          id: 'default-route',
          says: 'the pod sends everything that it does not know to its gateway, the bridge',
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
      goal: 'The pod calls the server.',
      predictions: [
        {
          id: 'whose-address',
          question: 'The server says which address it sees. Will it be that of the pod?',
          choices: ['yes', 'no'],
          answer: (session, { calls }) => (calls?.[0]?.seen === session.at('web').address ? 'yes' : 'no'),
        },
        {
          id: 'without-masquerade',
          question:
            'The server knows no route to the pod. Would an answer to the address of the pod find its way?',
          choices: ['yes', 'no'],
          answer: async (session) =>
            (await session.exec('server', ['ip', 'route', 'get', session.at('web').address ?? ''])).status ===
            0
              ? 'yes'
              : 'no',
        },
      ],
      async action() {},
      evidence: { calls: callers([['web', 'server']]), forwarding: forwarding(['web']) },
      checks: [
        {
          id: 'reached',
          says: 'the call arrives and is answered',
          fault: has(
            'calls',
            {},
            ({ seen }) => seen !== null,
            'no answer: does this host forward what comes from the pod, and does a firewall drop it?',
          ),
          control: {
            id: 'forward-drop',
            what: 'a firewall on this host drops what is forwarded',
            breaks: (session) => [
              `nft 'add chain ip ${session.tableOf('inner')} lab { type filter hook forward priority 0; policy drop; }'`,
            ],
            cures: (session) => [`nft delete chain ip ${session.tableOf('inner')} lab`],
          },
        },
        {
          id: 'forwards',
          says: 'the bridge forwards: the setting of the interface counts by which a packet comes in',
          fault: has(
            'forwarding',
            {},
            ({ forwards }) => forwards === true,
            'this host does not forward what comes in by the bridge of the pod',
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
          says: 'the server sees an address of this host: the source was translated on the way out',
          fault: has(
            'calls',
            {},
            ({ seen, host }) => seen === host,
            'what arrives there does not come from an address of this host: nothing translates it, and no answer finds its way back',
          ),
          control: {
            id: 'no-masquerade',
            what: 'the rule that masquerades is missing',
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

/** For measuring devices: no real network routes it (RFC 2544). A part of this run's own. */
function benchmarkNet({ id }: LabSession): string {
  return `198.18.${Number.parseInt(id, 16) % 256}.0/24`;
}

function wiringOf(
  session: LabSession,
  role: string,
): { gateway: string; bridge: string; addresses: string[] } {
  return session.at(role).inspect().network as { gateway: string; bridge: string; addresses: string[] };
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
