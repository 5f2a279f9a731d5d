import { idle, type Proof, pod } from './proof.ts';

const labels = { app: 'w' };

/** NetworkPolicies as the rules have them. test/kernel/policy.test.ts has the traffic. */
export const policies: readonly Proof[] = [
  {
    name: 'NetworkPolicies',
    fields: [
      ...['NetworkPolicy.apiVersion', 'NetworkPolicy.kind', 'NetworkPolicy.metadata', 'NetworkPolicy.spec'],
      ...['Namespace.apiVersion', 'Namespace.kind', 'Namespace.metadata'],
      ...['podSelector', 'policyTypes', 'ingress', 'egress'].map((field) => `NetworkPolicySpec.${field}`),
      ...['NetworkPolicyIngressRule.from', 'NetworkPolicyIngressRule.ports'],
      ...['NetworkPolicyEgressRule.to', 'NetworkPolicyEgressRule.ports'],
      ...['podSelector', 'namespaceSelector', 'ipBlock'].map((field) => `NetworkPolicyPeer.${field}`),
      ...['IPBlock.cidr', 'IPBlock.except'],
      ...['protocol', 'port', 'endPort'].map((field) => `NetworkPolicyPort.${field}`),
    ],
    documents: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'red' } } },
      pod(
        'w',
        { containers: [{ ...idle('w'), ports: [{ name: 'dns', containerPort: 5353, protocol: 'UDP' }] }] },
        { labels },
      ),
      pod('other', { containers: [idle('w')] }),
      pod('guest', { containers: [idle('w')] }, { namespace: 'shop' }),
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'both' },
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [
            {
              from: [
                { namespaceSelector: { matchLabels: { team: 'red' } } },
                { ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } },
              ],
              ports: [
                { port: 8000, endPort: 8010 },
                { protocol: 'UDP', port: 'dns' },
              ],
            },
          ],
          egress: [{ to: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 443 }] }],
        },
      },
    ],
    async check(t, { sh, must }) {
      const text = (await sh('nft list ruleset')).replace(/\s+/g, ' ');
      const { items } = JSON.parse(await must(['inspect', 'w', 'other', 'shop@guest']));
      const [own, , guest] = items.map((item: { network: { addresses: string[] } }) =>
        item.network.addresses[0]?.replace(/\/.*/, ''),
      );
      const set = (name: string) =>
        new RegExp(`set ${name} \\{ [^{]*elements = \\{ ([^}]*) \\}`).exec(text)?.[1];
      t.match(
        text,
        new RegExp(`map ingress \\{ [^{]*elements = \\{ ${own} : goto ingress-default/w \\}`),
        'only the pod with the label',
      );
      t.match(text, new RegExp(`map egress \\{ [^{]*elements = \\{ ${own} : goto egress-default/w \\}`));
      t.same(
        set('peers-ingress-default/both/0'),
        `${guest}, 192.0.2.0/25`,
        'a namespace by its label, and a block without what it excepts',
      );
      t.equal(set('ports-ingress-default/both/0'), `${own} . udp . 5353`, 'the port by its name');
      t.match(text, 'ip saddr @peers-ingress-default/both/0 tcp dport 8000-8010 counter', 'a range of ports');
      t.equal(set('peers-egress-default/both/0'), own, 'pods by their labels, and no others (control)');
      t.match(text, 'ip daddr @peers-egress-default/both/0 tcp dport 443 counter');
    },
  },
];
