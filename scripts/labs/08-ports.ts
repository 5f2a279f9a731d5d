import { choosePort, portOf } from '../../src/lab/actions/port.ts';
import { has } from '../../src/lab/check.ts';
import { listeners } from '../../src/lab/evidence/network-evidence.ts';
import { fetches } from '../../src/lab/evidence/programs.ts';
import { fault, linkDown } from '../../src/lab/faults.ts';
import type { LabScript } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';
import { wiringOf } from '../../src/lab/wiring.ts';
import { noPublishedPort } from './steps/faults.ts';

const serve = (address: string) => ['busybox', 'httpd', '-f', '-p', `${address}80`, '-h', '/etc'];

export default {
  name: 'ports',
  needs: ['busybox'],
  steps: [
    {
      id: 'publish',
      async action(session) {
        await publish(session);
        await session.run('web', 'server', serve(''));
        await session.until(listeners('web'), (rows) => rows.some(({ port }) => port === 80));
      },
      evidence: { listeners: listeners('web') },
      checks: [
        {
          id: 'on-all-addresses',
          finds: has('listeners', { port: 80 }, ({ address }) =>
            ['0.0.0.0', '[::]', '*'].includes(String(address)),
          ),
          control: {
            id: 'on-localhost',
            async instead(session) {
              await publish(session);
              await session.run('web', 'server', serve('127.0.0.1:'));
              await session.until(listeners('web'), (rows) => rows.some(({ port }) => port === 80));
            },
          },
        },
      ],
    },
    {
      id: 'reach',
      predictions: [
        {
          id: 'by-localhost',
          choices: ['yes', 'no'],
          answer: (_, { pages }) =>
            pages?.find((row) => row.way === 'by 127.0.0.1')?.answered ? 'yes' : 'no',
        },
        {
          id: 'by-own-address',
          choices: ['yes', 'no'],
          answer: (_, { pages }) =>
            pages?.find((row) => row.way === 'by its own address')?.answered ? 'yes' : 'no',
        },
      ],
      action: async (session) => void (await session.pod('client')),
      evidence: {
        pages: fetches([
          ['by its own address', 'client', (session) => `http://${session.podOf('web').address}/hostname`],
          ['by 127.0.0.1', 'host', (session) => `http://127.0.0.1:${portOf(session)}/hostname`],
          [
            'by the gateway',
            'client',
            (session) => `http://${wiringOf(session, 'web').gateway}:${portOf(session)}/hostname`,
          ],
        ]),
      },
      checks: [
        {
          id: 'own-address',
          finds: reached('by its own address'),
          control: fault('host-end-down', (session) => linkDown(wiringOf(session, 'web').hostInterface)),
        },
        {
          id: 'by-host',
          finds: reached('by the gateway'),
          control: noPublishedPort('web'),
        },
        {
          id: 'by-localhost',
          finds: reached('by 127.0.0.1'),
          control: {
            id: 'no-route-localnet',
            breaks: (session) => [
              `echo 0 > /proc/sys/net/ipv4/conf/${wiringOf(session, 'web').bridge}/route_localnet`,
            ],
            cures: (session) => [
              `echo 1 > /proc/sys/net/ipv4/conf/${wiringOf(session, 'web').bridge}/route_localnet`,
            ],
          },
        },
      ],
    },
  ],
} satisfies LabScript;

async function publish(session: LabSession): Promise<void> {
  await choosePort(session);
  await session.pod('web', { ports: [{ hostPort: portOf(session), podPort: 80, protocol: 'tcp' }] });
}

function reached(way: string) {
  return has('pages', { way }, ({ answered }) => answered === true);
}
