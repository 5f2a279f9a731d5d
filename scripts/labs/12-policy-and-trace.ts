import { isolate, labelled, peersOf, policyTable } from '../../src/lab/actions/policy.ts';
import { labelledPod, syncAtTheEnd } from '../../src/lab/actions/service.ts';
import { attempts, traces } from '../../src/lab/evidence/trace-evidence.ts';
import { fault, forwardDrop, noElement, noRule } from '../../src/lab/faults.ts';
import type { CheckScript, Evidence, LabScript } from '../../src/lab/lab.ts';
import { wiringOf } from '../../src/lab/wiring.ts';

const NETWORK = 'routed';
const PAIRS = [
  ['friend', 'web'],
  ['stranger', 'web'],
] as const;
const OUTCOMES = ['answer', 'refusal', 'silence'] as const;

/** A firewall that drops whatever this host forwards. */
const DROP = fault('forward-drop', (session) => forwardDrop(session.tableOf(NETWORK)));

/** The policies are there, and no packet is led to their chain. */
const NO_ISOLATION = fault('no-isolation', (session) =>
  noElement(
    `${policyTable(session)} ingress`,
    wiringOf(session, 'web').address,
    `goto ingress-default/${session.nameOf('web')}`,
  ),
);

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
          control: DROP,
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
      action: (session) => isolate(session, 'isolate', 'web', []),
      evidence: { attempts: attempts(PAIRS), traces: traces(PAIRS) },
      checks: [
        { id: 'nobody', finds: silence('friend', 'stranger'), control: NO_ISOLATION },
        {
          id: 'by-the-policy',
          finds: ({ traces = [] }) => {
            const other = traces.find(({ chain }) => !String(chain).startsWith('ingress-default/web-'));
            return other && { from: String(other.from), chain: String(other.chain ?? '-') };
          },
          control: DROP,
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
      action: (session) => isolate(session, 'allow', 'web', [labelled(session, 'friend')]),
      evidence: { attempts: attempts([...PAIRS, ['web', 'stranger']]), traces: traces(PAIRS) },
      checks: [
        {
          id: 'friend-in',
          finds: (evidence) => {
            const found = gets(evidence, 'friend', 'web');
            return found === 'answer' ? undefined : { gets: found };
          },
          control: fault('not-a-peer', (session) =>
            noElement(peersOf(session, 'allow'), wiringOf(session, 'friend').address),
          ),
        },
        { id: 'stranger-out', finds: silence('stranger'), control: NO_ISOLATION },
        {
          id: 'answers-come-back',
          finds: (evidence) => {
            const found = gets(evidence, 'web', 'stranger');
            return found === 'answer' ? undefined : { gets: found };
          },
          control: fault('no-established', (session) =>
            noRule(
              `${policyTable(session)} ingress-forward`,
              'ct state established,related accept',
              'an answer',
            ),
          ),
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
