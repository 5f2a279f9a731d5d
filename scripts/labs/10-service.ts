import { clusterIPOf, labelledPod, makeService, syncAtTheEnd } from '../../src/lab/actions/service.ts';
import { has } from '../../src/lab/check.ts';
import { fetches } from '../../src/lab/evidence/programs.ts';
import {
  clusterIPEcho,
  clusterIPOwners,
  counted,
  reachesItself,
  serviceRules,
} from '../../src/lab/evidence/service-evidence.ts';
import type { LabScript } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';
import { wiringOf } from '../../src/lab/wiring.ts';
import { noHairpin, noServiceElement } from './steps/faults.ts';
import { staleUdp } from './steps/stale-udp.ts';

const REQUESTS = 3;

export default {
  name: 'service',
  needs: ['busybox', 'nft', 'bash'],
  steps: [
    {
      id: 'made',
      predictions: [
        {
          id: 'how-many-rules',
          choices: ['1', '2', '3'],
          answer: (_, { rules = [] }) => String(rules.length),
        },
      ],
      action: (session) => begin(session, 'web'),
      evidence: { rules: serviceRules('web') },
      checks: [
        {
          id: 'leads-to-both',
          finds: ({ rules = [] }) => {
            const pods = rules.filter(({ does }) => String(does).startsWith('dnat')).length;
            return pods === 2 ? undefined : { pods };
          },
          control: { id: 'other-label', instead: (session) => begin(session, 'other') },
        },
      ],
    },
    {
      id: 'nobody',
      predictions: [
        { id: 'echo', choices: ['yes', 'no'], answer: (_, { echo }) => yesNo(echo?.[0]?.answered) },
        { id: 'http', choices: ['yes', 'no'], answer: (_, { pages }) => yesNo(pages?.[0]?.answered) },
      ],
      action: async (session) => void (await session.pod('client', { network: 'inner' })),
      evidence: {
        owners: clusterIPOwners('web', ['host', 'client', 'one', 'two']),
        echo: clusterIPEcho('web', 'client'),
        pages: fetches([
          ['by the ClusterIP', 'client', (session) => `http://${clusterIPOf(session, 'web')}/`],
        ]),
      },
      checks: [
        {
          id: 'nobodys',
          finds: ({ owners = [] }) => {
            const owner = owners.find((row) => row.interface !== null);
            return owner && { where: String(owner.where), interface: String(owner.interface) };
          },
          control: {
            id: 'somebody-has-it',
            breaks: (session) => [
              `ip address add ${clusterIPOf(session, 'web')}/32 dev ${wiringOf(session, 'one').bridge}`,
            ],
            cures: (session) => [
              `ip address delete ${clusterIPOf(session, 'web')}/32 dev ${wiringOf(session, 'one').bridge}`,
            ],
          },
        },
        {
          id: 'answered',
          finds: has('pages', {}, ({ answered }) => answered === true),
          control: noServiceElement('web'),
        },
      ],
    },
    {
      id: 'counters',
      predictions: [
        {
          id: 'how-many-packets',
          choices: [String(REQUESTS), String(REQUESTS * 5), String(REQUESTS * 10)],
          answer: (_, { counted }) => String(counted?.[0]?.counted),
        },
      ],
      async action() {},
      evidence: { counted: counted('web', 'client', REQUESTS) },
      checks: [
        {
          id: 'first-packets',
          finds: ({ counted = [] }) => {
            const [{ requests, counted: packets } = { requests: 0, counted: -1 }] = counted;
            return packets === requests
              ? undefined
              : { requests: Number(requests), packets: Number(packets) };
          },
          control: {
            id: 'earlier-dnat',
            breaks: (session) => [
              `nft 'add chain ip ${session.tableOf('inner')} lab { type nat hook prerouting priority -150; }'`,
              `nft 'add rule ip ${session.tableOf('inner')} lab ip daddr ${clusterIPOf(session, 'web')} tcp dport 80 dnat to ${session.podOf('one').address}'`,
            ],
            cures: (session) => [`nft 'delete chain ip ${session.tableOf('inner')} lab'`],
          },
        },
      ],
    },
    {
      id: 'hairpin',
      predictions: [
        {
          id: 'which-source',
          choices: ['own', 'host'],
          answer: (_, { itself }) => (itself?.[0]?.seen === itself?.[0]?.host ? 'host' : 'own'),
        },
      ],
      async action() {},
      evidence: { itself: reachesItself('web', 'one') },
      checks: [
        {
          id: 'reaches-itself',
          finds: ({ itself = [] }) => {
            const [row] = itself;
            if (row?.seen === row?.host && row?.seen) return undefined;
            return { reason: row?.seen ? 'as-itself' : 'no-answer' };
          },
          control: noHairpin('web', 'inner', 'one'),
        },
      ],
    },
    staleUdp,
  ],
} satisfies LabScript;

/** Two servers with the label `web`, and a Service for pods with the label `app`. */
async function begin(session: LabSession, second: string): Promise<void> {
  await syncAtTheEnd(session);
  await session.network('inner');
  await labelledPod(session, 'one', { network: 'inner', app: 'web' });
  await labelledPod(session, 'two', { network: 'inner', app: second });
  await makeService(session, 'web', { app: 'web' });
}

function yesNo(value: unknown): string {
  return value === true ? 'yes' : 'no';
}
