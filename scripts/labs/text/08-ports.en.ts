import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'A published port',
  goal: 'A port of the host leads to a pod by destination NAT; the server must listen on an address that is reachable.',
  drawing: `
    client ──► this host :P ──► DNAT ──► web 10.x.0.2:80
    this host ─► 127.0.0.1:P ──┘    (and masquerade: the pod cannot answer to 127.0.0.1)
  `,
  steps: {
    publish: {
      goal: 'A pod with a published port, and a server in it that listens on all addresses.',
      why: 'A socket takes only what is addressed to the address that it is bound to. Translated packets come in at eth0 with the address of the pod, so a server at 127.0.0.1 never sees them.',
      checks: {
        'on-all-addresses': {
          says: 'the server listens on all addresses of the pod',
          otherwise:
            'the server listens on one address only: packets that arrive on eth0 do not reach 127.0.0.1',
        },
      },
    },
    reach: {
      goal: 'Three ways to reach it: its own address, 127.0.0.1 of this host, and an address of this host from a second pod.',
      why: 'No process listens: nft rewrites the destination in prerouting (from outside) or output (from this host), before the kernel looks for a route. A packet from 127.0.0.1 may leave lo only where route_localnet allows it, and needs another source, because to the pod 127.0.0.1 is the pod itself.',
      predictions: {
        'by-localhost': {
          question:
            'No process on this host listens on that port. Will http://127.0.0.1:PORT answer nevertheless?',
        },
        'by-own-address': { question: 'Will the address of the pod itself, port 80, answer to another pod?' },
      },
      checks: {
        'own-address': {
          says: 'by its own address, without translation',
          otherwise: 'no answer at the address of the pod: is its veth pair up, and does the server listen?',
          symptom: 'another pod requests the address of the pod, and no answer comes',
        },
        'by-host': {
          says: 'by an address of this host: a rule translates the destination',
          otherwise: 'no answer at the published port: is it in the map hostports?',
          symptom: 'another pod requests the published port of this host, and no answer comes',
        },
        'by-localhost': {
          says: 'by 127.0.0.1 of this host: route_localnet is set, and the source is translated, too',
          otherwise: 'no answer at 127.0.0.1: its packets leave through the bridge only with route_localnet',
          symptom: 'on this host, the published port does not answer at 127.0.0.1',
        },
      },
    },
  },
  breaks: {
    'on-localhost': {
      what: 'the server listens on 127.0.0.1 of the pod, which is not reachable from outside',
    },
    'host-end-down': {
      what: 'the host end of the veth pair is down',
      hint: 'a cable has two ends: compare `ip -brief link` inside with that of the host. What does NO-CARRIER mean?',
    },
    'no-element': {
      what: 'the published port is missing from the map hostports',
      hint: 'where does nft look up a published port? `nft list ruleset` shows the map and its elements',
    },
    'no-route-localnet': {
      what: 'the bridge does not route packets of 127.0.0.0/8 (route_localnet)',
      hint: 'which ways to the pod still work? Look at the settings of the bridge: `sysctl -a --pattern localnet`',
    },
  },
} satisfies LabText as LabText;
