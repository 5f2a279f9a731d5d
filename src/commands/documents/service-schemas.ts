import { BOOLEAN, either, fields, INTEGER, list, nullable, record, STRING, TIME, words } from './schema.ts';

const PORT = fields(
  { protocol: words('tcp', 'udp'), port: INTEGER, targetPort: either(INTEGER, STRING) },
  { name: STRING, nodePort: INTEGER },
);

/** A pod behind a port of a Service. */
export const ENDPOINT = fields({
  ...{ service: STRING, port: PORT, pod: nullable(STRING), address: STRING, target: INTEGER, ready: BOOLEAN },
  hits: nullable(INTEGER),
});

const SELECTOR = fields(
  {},
  {
    matchLabels: record(STRING),
    matchExpressions: list(
      fields(
        { key: STRING, operator: words('In', 'NotIn', 'Exists', 'DoesNotExist') },
        { values: list(STRING) },
      ),
    ),
  },
);

const POLICY_RULE = fields(
  {},
  {
    peers: list(
      fields(
        {},
        {
          ...{ podSelector: SELECTOR, namespaceSelector: SELECTOR },
          ipBlock: fields({ cidr: STRING, except: list(STRING) }),
        },
      ),
    ),
    ports: list(
      fields({ protocol: words('tcp', 'udp') }, { port: either(INTEGER, STRING), endPort: INTEGER }),
    ),
  },
);

/** A NetworkPolicy with the pods that it isolates. */
export const POLICY = fields(
  {
    ...{ apiVersion: STRING, kind: STRING, name: STRING, namespace: STRING, uid: STRING, createdAt: TIME },
    ...{ podSelector: SELECTOR, pods: list(STRING) },
    ...{ allowed: nullable(INTEGER), dropped: nullable(INTEGER) },
  },
  { ingress: list(POLICY_RULE), egress: list(POLICY_RULE) },
);

/** A Service with the pods behind it. */
export const SERVICE = fields(
  {
    ...{ apiVersion: STRING, kind: STRING, name: STRING, namespace: STRING, uid: STRING, createdAt: TIME },
    type: words('ClusterIP', 'NodePort', 'ExternalName'),
    ports: list(PORT),
    ...{ ready: INTEGER, endpoints: INTEGER, hits: nullable(INTEGER), behind: list(ENDPOINT) },
  },
  {
    ...{ clusterIP: STRING, externalName: STRING, selector: record(STRING), affinity: INTEGER },
    ...{ publishNotReady: BOOLEAN, keepsSource: BOOLEAN },
  },
);
