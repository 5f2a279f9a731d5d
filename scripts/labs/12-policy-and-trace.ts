import { isolate, policyTable } from '../../src/lab/actions/policy.ts';
import { labelledPod, syncAtTheEnd } from '../../src/lab/actions/service.ts';
import { attempts, traces } from '../../src/lab/evidence/trace-evidence.ts';
import type { CheckScript, Evidence, FaultScript, LabScript } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

const NETWORK = 'routed';
const PAIRS = [
  ['friend', 'web'],
  ['stranger', 'web'],
] as const;
const OUTCOMES = ['answer', 'refusal', 'silence'] as const;

export default {
  name: 'policy-and-trace',
  needs: ['busybox', 'nft', 'bash'],
  steps: [
    {
      id: 'open',
      async action(session) {
        await syncAtTheEnd(session);
        // Routed: what goes from pod to pod passes the hook forward on any machine, with br_netfilter and without.
        await session.network(NETWORK, { type: 'ptp' });
        for (const role of ['web', 'friend', 'stranger'])
          await labelledPod(session, role, { network: NETWORK, app: role });
      },
      evidence: { attempts: attempts(PAIRS), traces: traces(PAIRS) },
      checks: [
        {
          id: 'everybody',
          finds: ({ attempts = [] }) => {
            const other = attempts.find(({ gets }) => gets !== 'answer');
            return other && { from: String(other.from), gets: String(other.gets) };
          },
          control: forwardDrop(),
        },
      ],
    },
    {
      id: 'isolated',
      predictions: [
        {
          id: 'what-a-client-gets',
          choices: OUTCOMES,
          answer: (_, evidence) => gets(evidence, 'friend', 'web'),
        },
      ],
      action: (session) => isolate(session, 'isolate', 'web'),
      evidence: { attempts: attempts(PAIRS), traces: traces(PAIRS) },
      checks: [
        { id: 'nobody', finds: silence('friend', 'stranger'), control: noIsolation() },
        {
          id: 'by-the-policy',
          finds: ({ traces = [] }) => {
            const other = traces.find(({ chain }) => !String(chain).startsWith('ingress-default/web-'));
            return other && { from: String(other.from), chain: String(other.chain ?? '-') };
          },
          control: forwardDrop(),
        },
      ],
    },
    {
      id: 'allowed',
      predictions: [
        { id: 'the-friend', choices: OUTCOMES, answer: (_, evidence) => gets(evidence, 'friend', 'web') },
        { id: 'the-stranger', choices: OUTCOMES, answer: (_, evidence) => gets(evidence, 'stranger', 'web') },
        {
          id: 'the-other-way',
          choices: OUTCOMES,
          answer: (_, evidence) => gets(evidence, 'web', 'stranger'),
        },
      ],
      action: (session) => isolate(session, 'allow', 'web', 'friend'),
      evidence: { attempts: attempts([...PAIRS, ['web', 'stranger']]), traces: traces(PAIRS) },
      checks: [
        {
          id: 'friend-in',
          finds: (evidence) => {
            const found = gets(evidence, 'friend', 'web');
            return found === 'answer' ? undefined : { gets: found };
          },
          control: {
            id: 'not-a-peer',
            breaks: (session) => [
              `nft delete element ip ${peers(session)} '{ ${session.podOf('friend').address} }'`,
            ],
            cures: (session) => [
              `nft add element ip ${peers(session)} '{ ${session.podOf('friend').address} }'`,
            ],
          },
        },
        { id: 'stranger-out', finds: silence('stranger'), control: noIsolation() },
        {
          id: 'answers-come-back',
          finds: (evidence) => {
            const found = gets(evidence, 'web', 'stranger');
            return found === 'answer' ? undefined : { gets: found };
          },
          control: {
            id: 'no-established',
            breaks: (session) => [
              `nft delete rule ip ${forward(session)} handle $(nft -a list chain ip ${forward(session)} | sed -n 's/.*"an answer".*handle //p')`,
            ],
            cures: (session) => [
              `nft 'insert rule ip ${forward(session)} ct state established,related accept comment "an answer"'`,
            ],
          },
        },
      ],
    },
  ],
} satisfies LabScript;

function gets({ attempts = [] }: Evidence, from: string, to: string): string {
  return String(attempts.find((row) => row.from === from && row.to === to)?.gets);
}

function silence(...clients: readonly string[]): CheckScript['finds'] {
  return (evidence) => {
    const other = clients.find((from) => gets(evidence, from, 'web') !== 'silence');
    return other === undefined ? undefined : { from: other, gets: gets(evidence, other, 'web') };
  };
}

/** A firewall that drops whatever this host forwards. */
function forwardDrop(): FaultScript {
  return {
    id: 'forward-drop',
    breaks: (session) => [
      `nft 'add chain ip ${session.tableOf(NETWORK)} lab { type filter hook forward priority 0; policy drop; }'`,
    ],
    cures: (session) => [`nft delete chain ip ${session.tableOf(NETWORK)} lab`],
  };
}

/** The policies are there, and no packet is led to their chain. */
function noIsolation(): FaultScript {
  const web = (session: LabSession) => session.podOf('web').address;
  return {
    id: 'no-isolation',
    breaks: (session) => [`nft delete element ip ${policyTable(session)} ingress '{ ${web(session)} }'`],
    cures: (session) => [
      `nft add element ip ${policyTable(session)} ingress '{ ${web(session)} : goto ingress-default/${session.nameOf('web')} }'`,
    ],
  };
}

const peers = (session: LabSession) =>
  `${policyTable(session)} peers-ingress-default/${session.nameOf('allow')}/0`;
const forward = (session: LabSession) => `${policyTable(session)} ingress-forward`;
