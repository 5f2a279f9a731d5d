import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'A Service: an address nobody has',
  goal: 'A ClusterIP belongs to no interface and no process. Rules of this host turn it into the address of a pod, at the first packet.',
  drawing: `
                                     numgen random mod 2          ┌─► one 10.x.0.2:80
    client ──► 10.96.0.n:80 ──► service-default/web/tcp/80 ──dnat─┤
                   │                                              └─► two 10.x.0.3:80
             on no interface:
             no ARP, no echo          conntrack remembers the choice for the packets that follow
  `,
  steps: {
    made: {
      goal: 'Two pods have the label of a selector, and a Service is made for it.',
      why: 'A Service is no process and no interface. One chain chooses at random, and for each pod that the selector finds there is a chain with its address: kube-proxy writes the same rules, by the same names, on each node.',
      predictions: {
        'how-many-rules': {
          question:
            'Two pods are behind the Service. How many rules of its own choose a pod, or lead to one?',
        },
      },
      checks: {
        'leads-to-both': {
          says: 'a rule leads to each of the two pods that have the label',
          otherwise: 'rules lead to {pods} pods, and not to two: do both have the label of the selector?',
        },
      },
    },
    nobody: {
      goal: 'A client asks the ClusterIP twice: by an echo request, and by HTTP.',
      why: 'No interface has the address, so nobody can answer an echo request; this host refuses it. The rules know TCP port 80 alone: in the hook prerouting they write a pod’s address into the packet, before the kernel looks for a route.',
      predictions: {
        echo: { question: 'Will `ping` to the ClusterIP be answered?' },
        http: { question: 'And an HTTP request to its port 80?' },
      },
      checks: {
        nobodys: {
          says: 'no interface has the ClusterIP, on the host or in a pod',
          otherwise: '{interface} of {where} has the ClusterIP: this kernel answers for it itself',
          symptom: 'an echo request to the ClusterIP of the Service is answered',
        },
        answered: {
          says: 'an HTTP request to the ClusterIP is answered nevertheless',
          otherwise: 'no answer: which element of the map service-ips has the address and the port?',
          symptom: 'the client requests the ClusterIP of the Service, and is refused',
        },
      },
    },
    counters: {
      goal: 'The client makes three requests, and the rule of the Service counts.',
      why: 'A chain of type nat sees the first packet of a connection only. For all that follow, in both directions, conntrack does the same again without asking a rule: that is why a counter of such a rule counts connections, and why a change of the rules moves no connection.',
      predictions: {
        'how-many-packets': {
          question: 'Three requests are dozens of packets. How many does the counter of the rule count?',
        },
      },
      checks: {
        'first-packets': {
          says: 'the rule has counted one packet for each request',
          otherwise: 'of {requests} requests the rule has counted {packets} packets',
          symptom: 'the Service answers, and the counter of its rule stands still',
        },
      },
    },
    hairpin: {
      goal: 'A pod that is behind the Service asks the Service, and is chosen itself.',
      why: 'After the translation, source and destination would both be the pod: it drops what comes in by eth0 from its own address, and its answer would never leave it. So the source is translated, too, and the answer goes back by this host, which undoes both. That way is called a hairpin.',
      predictions: {
        'which-source': {
          question: 'Which source address does the pod see in its own request?',
          choices: { own: 'its own', host: 'that of the host’s bridge' },
        },
      },
      checks: {
        'reaches-itself': {
          says: 'the pod reaches itself, and sees the address of the host as the source',
          otherwise: {
            'no-answer':
              'the request never comes back: its source is the pod’s own address, which the pod does not accept from outside',
            'as-itself': 'the pod saw another source than the host',
          },
          symptom:
            'a pod asks the Service that it is behind: sometimes no answer comes. Other pods are always answered',
        },
      },
    },
    'stale-udp': {
      goal: 'A UDP client goes on sending from one port, while the pod behind its Service is replaced.',
      why: 'The rules decide about the first packet only, and a UDP connection has no end that the kernel could see: each further packet renews its entry, so the client would stay with an address that is gone. Who changes endpoints must delete such entries; `nslab` does so at each change, as kube-proxy does.',
      predictions: {
        'rules-alone': {
          question:
            'The pod is gone, and the rules lead to another one. Is the client that goes on sending answered?',
        },
        'entry-deleted': {
          question: 'Then its entry in the connection tracking table is deleted. Is it answered now?',
        },
      },
      checks: {
        'stays-with-the-dead': {
          says: 'the rules lead to the new pod, and the packets of the client go to the address of the old one',
          otherwise: 'the client is answered by {found}: its entry has not led it to the pod that is gone',
        },
        'goes-on': {
          says: 'without that entry the next packet is a first one: the rules lead it to the new pod',
          otherwise: 'the client is answered by {found}, and not by the pod second',
        },
      },
    },
  },
  breaks: {
    'other-label': { what: 'one of the pods has another label than the selector' },
    'somebody-has-it': {
      what: 'an interface of this host has the ClusterIP',
      hint: 'who answers an echo request? `ip -brief address`: a ClusterIP is on no interface',
    },
    'no-service-element': {
      what: 'the map service-ips has no element for the Service',
      hint: 'where do the rules look for address, protocol and port? `nft list ruleset`, chain services',
    },
    'earlier-dnat': {
      what: 'another rule translates the ClusterIP before the rules of the Service see it',
      hint: 'of the chains of one hook, the one with the smaller priority is asked first: `nft list ruleset`, hook prerouting',
    },
    'no-hairpin': {
      what: 'the source of a packet from a pod to itself is not translated',
      hint: 'trace the way of such a packet in the chains: what makes the answer come back to this host? `nft list ruleset`',
    },
    'entry-goes-at-once': { what: 'the entry is deleted together with the change of the rules' },
    'entry-stays': { what: 'the entry of the connection is never deleted' },
  },
} satisfies LabText as LabText;
