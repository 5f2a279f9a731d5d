import { choosePort, portOf } from '../../src/lab/actions/port.ts';
import { has } from '../../src/lab/check.ts';
import { listeners } from '../../src/lab/evidence/network-evidence.ts';
import { fetches } from '../../src/lab/evidence/programs.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

const serve = (address: string) => ['busybox', 'httpd', '-f', '-p', `${address}80`, '-h', '/etc'];

export default {
  name: 'ports',
  title: 'A published port',
  goal: 'A port of the host leads to a pod by destination NAT; the server must listen on an address that is reachable.',
  drawing: `
    client ──► this host :P ──► DNAT ──► web 10.x.0.2:80
    this host ─► 127.0.0.1:P ──┘    (and masquerade: the pod cannot answer to 127.0.0.1)
  `,
  needs: ['busybox'],
  steps: [
    {
      id: 'publish',
      goal: 'A pod with a published port, and a server in it that listens on all addresses.',
      async action(session) {
        await publish(session);
        await session.run('web', 'server', serve(''));
        await session.until(listeners('web'), (rows) => rows.some(({ port }) => port === 80));
      },
      evidence: { listeners: listeners('web') },
      checks: [
        {
          id: 'on-all-addresses',
          says: 'the server listens on all addresses of the pod',
          fault: has(
            'listeners',
            { port: 80 },
            ({ address }) => ['0.0.0.0', '[::]', '*'].includes(String(address)),
            'the server listens on one address only: packets that arrive on eth0 do not reach 127.0.0.1',
          ),
          control: {
            id: 'on-localhost',
            what: 'the server listens on 127.0.0.1 of the pod, which is not reachable from outside',
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
      goal: 'Three ways to reach it: its own address, 127.0.0.1 of this host, and an address of this host from a second pod.',
      predictions: [
        {
          id: 'by-localhost',
          question:
            'No process on this host listens on that port. Will http://127.0.0.1:PORT answer nevertheless?',
          choices: ['yes', 'no'],
          answer: (_, { pages }) =>
            pages?.find((row) => row.way === 'by 127.0.0.1')?.answered ? 'yes' : 'no',
        },
        {
          id: 'by-own-address',
          question: 'Will the address of the pod itself, port 80, answer to another pod?',
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
          ['by the gateway', 'client', (session) => `http://${gateway(session)}:${portOf(session)}/hostname`],
        ]),
      },
      checks: [
        {
          id: 'own-address',
          says: 'by its own address, without translation',
          fault: reached(
            'by its own address',
            'no answer at the address of the pod: is its veth pair up, and does the server listen?',
          ),
          control: {
            id: 'cable-down',
            what: 'the host end of the veth pair is down',
            breaks: (session) => [`ip link set dev ${hostInterface(session)} down`],
            cures: (session) => [`ip link set dev ${hostInterface(session)} up`],
          },
        },
        {
          id: 'by-host',
          says: 'by an address of this host: a rule translates the destination',
          fault: reached('by the gateway', 'no answer at the published port: is it in the map hostports?'),
          control: {
            id: 'no-element',
            what: 'the published port is missing from the map hostports',
            breaks: (session) => [
              `nft delete element ip ${wiring(session).table} hostports '{ tcp . ${portOf(session)} }'`,
            ],
            cures: (session) => [
              `nft add element ip ${wiring(session).table} hostports '{ tcp . ${portOf(session)} : ${session.podOf('web').address} . 80 }'`,
            ],
          },
        },
        {
          id: 'by-localhost',
          says: 'by 127.0.0.1 of this host: route_localnet is set, and the source is translated, too',
          fault: reached(
            'by 127.0.0.1',
            'no answer at 127.0.0.1: its packets leave through the bridge only with route_localnet',
          ),
          control: {
            id: 'no-route-localnet',
            what: 'the bridge does not route packets of 127.0.0.0/8 (route_localnet)',
            breaks: (session) => [`echo 0 > /proc/sys/net/ipv4/conf/${bridge(session)}/route_localnet`],
            cures: (session) => [`echo 1 > /proc/sys/net/ipv4/conf/${bridge(session)}/route_localnet`],
          },
        },
      ],
    },
  ],
} satisfies Lab;

async function publish(session: LabSession): Promise<void> {
  await choosePort(session);
  await session.pod('web', { ports: [{ hostPort: portOf(session), podPort: 80, protocol: 'tcp' }] });
}

function reached(way: string, otherwise: string) {
  return has('pages', { way }, ({ answered }) => answered === true, otherwise);
}

interface Wiring {
  readonly gateway: string;
  readonly bridge: string;
  readonly hostInterface: string;
  readonly table: string;
}

function wiring(session: LabSession): Wiring {
  return session.podOf('web').inspect().network as Wiring;
}

const gateway = (session: LabSession) => wiring(session).gateway;
const bridge = (session: LabSession) => wiring(session).bridge;
const hostInterface = (session: LabSession) => wiring(session).hostInterface;
