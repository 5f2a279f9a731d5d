import type { LabText } from '../../../src/lab/text/lab-text.ts';

const OUTCOMES = { answer: 'an answer', refusal: 'a refusal', silence: 'nothing at all' };

export default {
  title: 'A policy, and which rule decides',
  goal: 'A NetworkPolicy isolates the pods that it selects, and allows what it names; `trace` says which rule has decided about a packet.',
  drawing: `
    friend ───┐                        ┌ policy-ingress-…/allow: ip saddr friend, tcp 80 ─► accept
              ├─► hook forward ─► ingress-…/web                                               │
    stranger ─┘        │               └ drop "not allowed by NetworkPolicy …"                ▼
                       └ ct state established ─► accept: an answer                        web :80
  `,
  steps: {
    open: {
      goal: 'Three pods on a routed network: two clients connect to the third.',
      why: 'Without a policy every pod reaches every other one, in Kubernetes as here. `trace` sends one probe of its own and listens to what the rules do with it, in each network namespace on its way: here none has a say.',
      checks: {
        everybody: {
          says: 'both clients are answered',
          otherwise: '{from} gets no answer, but: {gets}',
          symptom: 'no pod of the network gets an answer from any other one',
        },
      },
    },
    isolated: {
      goal: 'A policy selects the third pod, and allows nothing.',
      why: 'A pod that a policy selects is isolated: whatever none of its policies allows is dropped, and a dropped packet tells its sender nothing. That looks like a cable that is cut, which is why the question is always: which rule?',
      predictions: {
        'what-a-client-gets': {
          question: 'A client connects to the isolated pod. What does it get?',
          choices: OUTCOMES,
        },
      },
      checks: {
        nobody: {
          says: 'neither client gets anything: no answer, and no refusal',
          otherwise: '{from} gets something: {gets}',
          symptom: 'a pod reaches another one, although no policy allows it',
        },
        'by-the-policy': {
          says: 'the rule that has decided is in the chain of the isolated pod, and names the policy',
          otherwise: 'the probe of {from} was decided by another chain: {chain}',
          symptom: 'the policy’s own rule counts nothing, whatever the clients send',
        },
      },
    },
    allowed: {
      goal: 'A second policy for the same pod allows one of the clients.',
      why: 'Policies add up: a packet passes if any of them allows it, and none can forbid. They decide about the direction of a connection, not of a packet: answers belong to a connection that was allowed, so the isolated pod may ask whom it wants.',
      predictions: {
        'the-friend': {
          question: 'One policy allows nothing, the other allows "friend". What does "friend" get?',
          choices: OUTCOMES,
        },
        'the-stranger': { question: 'And "stranger"?', choices: OUTCOMES },
        'the-other-way': {
          question: 'The isolated pod itself connects to "stranger". What does it get?',
          choices: OUTCOMES,
        },
      },
      checks: {
        'friend-in': {
          says: 'the client that is allowed is answered',
          otherwise: 'the client that is allowed gets: {gets}',
          symptom: 'a client that the policy allows gets no answer',
        },
        'stranger-out': {
          says: 'the other one still gets nothing',
          otherwise: '{from} gets something: {gets}',
          symptom: 'a client that no policy allows is answered',
        },
        'answers-come-back': {
          says: 'the isolated pod connects to another one, and the answer comes in',
          otherwise: 'the isolated pod asks, and gets: {gets}',
          symptom: 'the isolated pod connects to others, and hears nothing',
        },
      },
    },
  },
  breaks: {
    'forward-drop': {
      what: 'a firewall on this host drops forwarded packets',
      hint: 'a packet passes every chain at the hook forward: `nft list ruleset`. What is the policy of each?',
    },
    'no-isolation': {
      what: 'the map of isolated pods lacks the address of the pod',
      hint: 'by which map does a packet come to the chain of an isolated pod? `nft list ruleset`, chain ingress-forward',
    },
    'not-a-peer': {
      what: 'the set of clients that the policy allows lacks an address',
      hint: 'ask `nslab trace` which rule drops the packet. In which set is its source looked for?',
    },
    'no-established': {
      what: 'the rule that lets answers in is missing',
      hint: 'which of the two directions is lost? Ask `nslab trace`, and compare the first rules of the chains egress-forward and ingress-forward',
    },
  },
} satisfies LabText as LabText;
