import { eventually } from '../../eventually.ts';
import { idle, type Proof, pod } from './proof.ts';

const labels = { app: 'w' };
const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec,
});

/** Services: their addresses, ports and endpoints, as the rules have them. test/kernel/service.test.ts has the traffic. */
export const services: readonly Proof[] = [
  {
    name: 'Services',
    fields: [
      ...[
        'Service.apiVersion',
        'Service.kind',
        'Service.metadata',
        'Service.spec',
        'ServiceSpec.type',
        'ServiceSpec.clusterIP',
        'ServiceSpec.ports',
      ],
      ...['ServiceSpec.selector', 'ServiceSpec.sessionAffinity', 'ServiceSpec.sessionAffinityConfig'],
      ...['SessionAffinityConfig.clientIP', 'ClientIPConfig.timeoutSeconds', 'ServiceSpec.externalName'],
      ...['ServiceSpec.publishNotReadyAddresses', 'ServiceSpec.externalTrafficPolicy'],
      ...['ServicePort.name', 'ServicePort.protocol', 'ServicePort.port', 'ServicePort.targetPort'],
      'ServicePort.nodePort',
      ...['Endpoints.apiVersion', 'Endpoints.kind', 'Endpoints.metadata', 'Endpoints.subsets'],
      ...['addresses', 'notReadyAddresses', 'ports'].map((field) => `EndpointSubset.${field}`),
      ...['EndpointAddress.ip', 'EndpointAddress.hostname'],
      ...['name', 'port', 'protocol'].flatMap((field) => [
        `EndpointPort.${field}`,
        `EndpointSlicePort.${field}`,
      ]),
      ...['apiVersion', 'kind', 'metadata', 'addressType', 'endpoints', 'ports'].map(
        (field) => `EndpointSlice.${field}`,
      ),
      ...['Endpoint.addresses', 'Endpoint.conditions', 'Endpoint.hostname', 'EndpointConditions.ready'],
    ],
    documents: [
      pod(
        'w',
        {
          containers: [
            {
              ...idle('w'),
              ports: [{ name: 'dns', containerPort: 5353, protocol: 'UDP' }],
              readinessProbe: { exec: { command: ['false'] } },
            },
          ],
        },
        { labels },
      ),
      service('waits', { selector: labels, ports: [{ port: 80 }] }),
      service('early', {
        type: 'NodePort',
        clusterIP: '10.96.3.3',
        selector: labels,
        publishNotReadyAddresses: true,
        externalTrafficPolicy: 'Local',
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 77 } },
        ports: [{ name: 'names', protocol: 'UDP', port: 53, targetPort: 'dns', nodePort: 30053 }],
      }),
      service('given', { ports: [{ name: 'sql', port: 5432, protocol: 'UDP' }] }),
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'given' },
        subsets: [
          {
            addresses: [{ ip: '192.0.2.1', hostname: 'db-0' }],
            notReadyAddresses: [{ ip: '192.0.2.2' }],
            ports: [
              { name: 'sql', port: 7001, protocol: 'UDP' },
              { name: 'web', port: 7002 },
            ],
          },
        ],
      },
      service('heads', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] }),
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'any', labels: { 'kubernetes.io/service-name': 'heads' } },
        addressType: 'IPv4',
        endpoints: [
          { addresses: ['192.0.2.3'], hostname: 'db-3', conditions: { ready: true } },
          { addresses: ['192.0.2.4'], conditions: { ready: false } },
        ],
        ports: [{ name: 'sql', port: 7003, protocol: 'TCP' }],
      },
      service('other', { type: 'ExternalName', externalName: 'example.org' }),
    ],
    async check(t, { sh, must }) {
      const rules = () => sh('nft list ruleset');
      t.ok(await eventually(async () => /endpoint-default\/early/.test(await rules())));
      const text = await rules();
      t.match(
        text,
        /10\.96\.3\.3 \. udp \. 53 : goto service-default\/early\/udp\/53/,
        'address, protocol and port',
      );
      t.match(text, /udp \. 30053 : goto external-default\/early\/udp\/53/, 'node port');
      t.match(text, /meta l4proto udp dnat to [\d.]+:5353/, 'the named port of the pod');
      t.match(text, /timeout 1m17s/, 'a client stays 77 seconds');
      t.notMatch(
        text,
        /chain external-default\/early\/udp\/53 \{\s+jump mark-for-masquerade/,
        'Local keeps the source',
      );
      t.match(
        text,
        /meta l4proto udp dnat to 192\.0\.2\.1:7001 comment "given by hand"/,
        'endpoints by hand',
      );
      t.notMatch(text, /192\.0\.2\.[24]|:7002/, 'what is not ready, and another port, are none (control)');
      const names = await sh('cat /run/nslab/services/names/services');
      t.match(names, /^192\.0\.2\.3 db-3\.heads\.default/m, 'a slice of a headless Service, by name');
      t.notMatch(names, '192.0.2.4', 'what is not ready has none (control)');
      t.match(text, /tcp \. 80 : goto reject-chain/, 'one that is not ready is no endpoint (control)');
      const { items } = JSON.parse(await must(['service', 'inspect', 'other', 'early', '-o', 'json']));
      t.match(items, [
        { externalName: 'example.org' },
        { clusterIP: '10.96.3.3', ports: [{ name: 'names' }] },
      ]);
    },
  },
];
