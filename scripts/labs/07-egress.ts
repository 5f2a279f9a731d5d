import type { Bench } from '../../src/lab/bench.ts';
import { has } from '../../src/lab/check.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { forwarding, listeners, routes } from '../../src/lab/witness/network.ts';
import { callers } from '../../src/lab/witness/programs.ts';

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
      async action(bench) {
        await bench.network('inner');
        await bench.pod('web', { network: 'inner' });
        await bench.network('outer', { subnet: benchmarkNet(bench) });
        await bench.pod('server', { network: 'outer' });
        await bench.run('server', 'who', ['sh', '-c', WHO_CALLS]);
        await bench.until(listeners('server'), (rows) => rows.some(({ port }) => port === 80));
        // Nobody outside knows a way to our pods.
        await bench.shell([bench.inNetwork('server', 'ip route delete default')]);
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
            breaks: (bench) => [bench.inNetwork('web', 'ip route delete default')],
            cures: (bench) => [bench.inNetwork('web', `ip route add default via ${gatewayOf(bench, 'web')}`)],
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
          answer: (bench, { calls }) => (calls?.[0]?.seen === bench.at('web').address ? 'yes' : 'no'),
        },
        {
          id: 'without-masquerade',
          question:
            'The server knows no route to the pod. Would an answer to the address of the pod find its way?',
          choices: ['yes', 'no'],
          answer: async (bench) =>
            (await bench.exec('server', ['ip', 'route', 'get', bench.at('web').address ?? ''])).status === 0
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
            breaks: (bench) => [
              `nft 'add chain ip ${bench.tableOf('inner')} lab { type filter hook forward priority 0; policy drop; }'`,
            ],
            cures: (bench) => [`nft delete chain ip ${bench.tableOf('inner')} lab`],
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
            breaks: (bench) => [`echo 0 > /proc/sys/net/ipv4/conf/${bridgeOf(bench, 'web')}/forwarding`],
            cures: (bench) => [`echo 1 > /proc/sys/net/ipv4/conf/${bridgeOf(bench, 'web')}/forwarding`],
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
            breaks: (bench) => [`nft flush chain ip ${bench.tableOf('inner')} postrouting`],
            cures: (bench) => [
              `nft 'add rule ip ${bench.tableOf('inner')} postrouting ip saddr ${subnetOf(bench, 'web')} ip daddr != ${subnetOf(bench, 'web')} masquerade'`,
            ],
          },
        },
      ],
    },
  ],
} satisfies Lab;

/** For measuring devices: no real network routes it (RFC 2544). A part of this run's own. */
function benchmarkNet({ id }: Bench): string {
  return `198.18.${Number.parseInt(id, 16) % 256}.0/24`;
}

function wiringOf(bench: Bench, role: string): { gateway: string; bridge: string; addresses: string[] } {
  return bench.at(role).inspect().network as { gateway: string; bridge: string; addresses: string[] };
}

function gatewayOf(bench: Bench, role: string): string {
  return wiringOf(bench, role).gateway;
}

function bridgeOf(bench: Bench, role: string): string {
  return wiringOf(bench, role).bridge;
}

function subnetOf(bench: Bench, role: string): string {
  const { gateway, addresses } = wiringOf(bench, role);
  return `${gateway.replace(/\.1$/, '.0')}/${addresses[0]?.split('/')[1]}`;
}
