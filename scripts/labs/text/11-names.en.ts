import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'Names: what a pod asks, and who is in the answer',
  goal: 'A short name becomes a whole one by a search list, which costs queries; the answer has the pods that are ready, and no others.',
  drawing: `
    client ── "web" ──► dns (writes down each query) ──► kube-dns 10.96.0.10
                            │                                 │
      search default.svc.cluster.local                 web    10.96.0.n   the ClusterIP
             svc.cluster.local                         heads  10.x.0.2    the pods’ own,
             cluster.local                                    10.x.0.3    while they are ready
      options ndots:5
  `,
  steps: {
    search: {
      goal: 'A pod looks up the short name of a Service, a name outside, and that name with a dot at its end.',
      why: 'The resolver of the C library tries the search list first for every name with fewer than five dots (ndots:5), and stops at the first answer: for a Service of the own namespace at once, for a name outside after three queries in vain. A dot at the end says that the name is whole.',
      predictions: {
        'short-name': {
          question: 'The Service has a short name, without a dot. How many queries reach the DNS server?',
        },
        'name-outside': { question: 'And for example.org, which is not in the cluster?' },
        'with-a-dot': { question: 'And for "example.org.", with a dot at its end?' },
      },
      checks: {
        'short-name-first': {
          says: 'the short name of the Service is found by the first query: the namespace of the pod is first in its search list',
          otherwise:
            'the short name cost {queries} queries, or was not found: is the namespace in the search list?',
          symptom: 'the pod does not find the Service by its short name; by its whole name it does',
        },
        'outside-costs-four': {
          says: 'the name outside costs four queries: three in vain, one for each entry of the search list',
          otherwise: 'the name outside cost {queries} queries, and not four',
        },
        'whole-costs-one': {
          says: 'with a dot at its end it costs one',
          otherwise: 'the whole name cost {queries} queries, or was not answered',
          symptom: 'the pod finds no name, inside or outside; addresses are reached',
        },
      },
    },
    headless: {
      goal: 'A second Service for the same pods, without a ClusterIP.',
      why: 'With `clusterIP: None` there is nothing to translate: no rule, no address of its own, no choice by the kernel. The name itself leads to all of its pods, and the program chooses: that is what databases need, whose copies are not alike.',
      predictions: {
        'how-many-addresses': { question: 'Two pods are behind it. How many addresses does its name have?' },
      },
      checks: {
        'pods-own-addresses': {
          says: 'the name of the headless Service leads to the pods’ own addresses, and not to a ClusterIP',
          otherwise: 'the name leads to {found}, and not to the addresses of the two pods',
        },
      },
    },
    readiness: {
      goal: 'A third pod with a readiness probe joins both Services: it becomes ready, and is not any more.',
      why: 'A pod that runs need not be able to answer yet. The result of its probe takes its address into the list of endpoints and out again, and the rules and the names are both made from that list. A client that has kept an answer longer than its TTL does not notice.',
      predictions: {
        'not-ready': { question: 'The pod runs, and its probe fails. Does the headless name lead to it?' },
        'not-any-more': {
          question: 'It was ready, and its probe fails again. Does the name still lead to it?',
        },
      },
      checks: {
        'out-before-and-after': {
          says: 'while its probe fails, neither the name nor the rules lead to it',
          otherwise: '{when}: the name or the rules lead to the pod',
        },
        'in-when-ready': {
          says: 'while its probe succeeds, both do',
          otherwise: '{when}: the name or the rules do not lead to the pod',
        },
      },
    },
  },
  breaks: {
    'other-search-list': {
      what: 'the search list of the pod is that of another namespace',
      hint: 'which names does the short one become? Read /etc/resolv.conf inside, and compare with the namespace of the Service',
    },
    'ndots-1': { what: 'the pod has `options ndots:1`: a name with a dot is asked as it is' },
    'server-stopped': {
      what: 'the DNS server that the pod asks does not run on (SIGSTOP)',
      hint: 'whom does the pod ask (/etc/resolv.conf), and in which state is that process? `ps -o pid,stat,args -C dnsmasq`',
    },
    'with-cluster-ip': { what: 'the Service has a ClusterIP' },
    'publishes-all': { what: 'both Services have `publishNotReadyAddresses: true`' },
    'never-ready': { what: 'the file that the probe looks for is never made' },
  },
} satisfies LabText as LabText;
