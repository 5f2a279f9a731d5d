import { has } from '../../src/lab/check.ts';
import { forwarding, listeners, routes } from '../../src/lab/evidence/network-evidence.ts';
import { callers } from '../../src/lab/evidence/programs.ts';
import { fault, forwardDrop, forwardingOff, noDefaultRoute } from '../../src/lab/faults.ts';
import type { LabScript } from '../../src/lab/lab.ts';
import { benchmarkNet, wiringOf } from '../../src/lab/wiring.ts';
import { noMasquerade } from './steps/faults.ts';

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
          control: fault('no-default-route', (session) =>
            noDefaultRoute((line) => session.inNetwork('web', line), wiringOf(session, 'web').gateway),
          ),
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
          control: fault('forward-drop', (session) => forwardDrop(session.tableOf('inner'))),
        },
        {
          id: 'forwards',
          finds: has('forwarding', {}, ({ forwards }) => forwards === true),
          control: fault('forwarding-off', (session) => forwardingOff(wiringOf(session, 'web').bridge)),
        },
        {
          id: 'masqueraded',
          finds: has('calls', {}, ({ seen, host }) => seen === host),
          control: noMasquerade('inner', 'web'),
        },
      ],
    },
  ],
} satisfies LabScript;
