import { EVENT_TYPES } from '../../spec/observed-event.ts';
import { COMPARISON, DRILL_REPORT, LAB_GRADES, LAB_REPORT, LAB_SUMMARY, MODES } from './lesson-schemas.ts';
import {
  BOOLEAN,
  document,
  either,
  fields,
  INODE,
  INTEGER,
  list,
  NUMBER,
  nullable,
  record,
  type Schema,
  STRING,
  STRINGS,
  TIME,
  words,
} from './schema.ts';
import { ENDPOINT, POLICY, SERVICE } from './service-schemas.ts';
import { REACHABILITY, TRACE } from './trace-schema.ts';
import { OWNER, WIRING_OF_MACHINE } from './wiring-schema.ts';

/** The schema of every document that `-o json` prints, by its kind. `Event` is one line of a transcript. */
export function documentSchemas(): Readonly<Record<string, Schema>> {
  const all = [
    document('ProcessList', 'nslab ps', { items: list(PROCESS) }),
    document('List', 'nslab inspect', { items: list(either(POD, WORKLOAD)) }),
    document('NetworkList', 'nslab network ls, nslab network inspect', { items: list(NETWORK) }),
    document('ServiceList', 'nslab service ls, nslab service inspect', { items: list(SERVICE) }),
    document('PolicyList', 'nslab policy ls, nslab policy inspect', { items: list(POLICY) }),
    document('EndpointsList', 'nslab endpoints', { items: list(ENDPOINT) }),
    document('NamespaceMatrix', 'nslab ns', { host: record(INODE), processes: list(MATRIX_ROW) }),
    document('NamespaceList', 'nslab ns --all', { items: list(NAMESPACE_WITH_HOLDS) }),
    document('NamespaceHolds', 'nslab ns why INODE', HOLDS),
    document('NamespaceHoldsList', 'nslab ns why NAME', { items: list(fields(HOLDS)) }),
    document('Wiring', 'nslab map', WIRING_OF_MACHINE),
    document('Trace', 'nslab trace', TRACE),
    document('Reachability', 'nslab ping', REACHABILITY),
    document('ObservedEvent', 'one line of nslab events', OBSERVED_EVENT),
    document('LabList', 'nslab lab list', { items: list(LAB_SUMMARY) }),
    document('LabReportList', 'nslab lab run', { items: list(LAB_REPORT) }),
    document('DrillReport', 'nslab lab drill', DRILL_REPORT),
    document('LabGrades', 'nslab lab grade', LAB_GRADES),
    document('Comparison', 'nslab compare docker', ...COMPARISON),
    document('ComparedModes', 'nslab compare modes', MODES),
    document('Diagnosis', 'nslab doctor', { items: list(FINDING) }),
    document('Version', 'nslab version', { nslab: STRING, node: STRING, kernel: STRING }),
  ];
  const event = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Event',
    description: 'One line of nslab transcript, of up --dry-run, and of --transcript FILE',
    ...EVENT,
  };
  return { ...Object.fromEntries(all.map((each) => [String(each.title), each])), Event: event };
}

const OBSERVED_EVENT = {
  time: TIME,
  type: words(...EVENT_TYPES),
  action: words('added', 'changed', 'removed'),
  where: nullable(STRING),
  object: STRING,
  message: STRING,
};

const PROCESS = fields({
  pod: STRING,
  name: STRING,
  role: words('holder', 'workload'),
  state: STRING,
  ready: STRING,
  pid: nullable(INTEGER),
  restarts: INTEGER,
  createdAt: STRING,
  address: nullable(STRING),
  addresses: STRINGS,
  command: STRINGS,
  services: STRINGS,
  policies: STRINGS,
});

const WORKLOAD_FIELDS = {
  name: STRING,
  pod: STRING,
  state: STRING,
  ready: BOOLEAN,
  pid: nullable(INTEGER),
  exitCode: nullable(INTEGER),
  signal: nullable(INTEGER),
  restarts: INTEGER,
  note: STRING,
  command: STRINGS,
  rootfs: nullable(STRING),
  startedAt: nullable(TIME),
  finishedAt: nullable(TIME),
  log: nullable(STRING),
};

const WORKLOAD = fields({ kind: { const: 'Workload' }, ...WORKLOAD_FIELDS });

const PORT = fields(
  { hostPort: INTEGER, podPort: INTEGER, protocol: words('tcp', 'udp') },
  { hostAddress: STRING },
);

const BRIDGE = { bridge: STRING };

const WIRING = {
  network: STRING,
  table: STRING,
  hostInterface: STRING,
  interface: STRING,
  mac: STRING,
  gateway: STRING,
  subnet: STRING,
  mtu: INTEGER,
};

const INTERFACE = fields({ ...WIRING, address: STRING }, BRIDGE);

const POD = fields(
  {
    kind: { const: 'Pod' },
    name: STRING,
    state: STRING,
    ready: STRING,
    namespaces: record(INODE),
    hostname: STRING,
    network: fields(
      { name: STRING, addresses: STRINGS, ports: list(PORT), interfaces: list(INTERFACE) },
      {
        ...WIRING,
        ...BRIDGE,
        driver: words('netlink', 'ip'),
        netns: STRING,
        pinned: BOOLEAN,
        adopted: fields({ path: STRING, inode: INODE }),
      },
    ),
    workloads: list(fields(WORKLOAD_FIELDS)),
    createdAt: TIME,
    bootId: STRING,
    services: STRINGS,
    policies: STRINGS,
  },
  { holder: fields({ pid: INTEGER, startTime: INTEGER }), manifest: { type: 'object' } },
);

/** Of a network whose record is damaged only the name, the kind of damage and the pods are known. */
const NETWORK = fields(
  { name: STRING, type: STRING, pods: STRINGS },
  {
    apiVersion: { const: 'nslab/v1' },
    kind: { const: 'Network' },
    uid: STRING,
    instance: fields({
      id: STRING,
      bootId: STRING,
      netnsCookie: STRING,
      netns: INODE,
      pidns: INODE,
    }),
    bridge: STRING,
    subnet: STRING,
    gateway: STRING,
    mtu: INTEGER,
    table: STRING,
    ipMasq: BOOLEAN,
    acceptedIn: STRING,
    openedIn: STRINGS,
    trustedBy: STRING,
    firewall: STRING,
    unreachableBy: STRINGS,
    onDemand: BOOLEAN,
    maker: fields({ pid: INTEGER, startTime: INTEGER }),
    bootId: STRING,
    ready: BOOLEAN,
  },
);

const MATRIX_ROW = fields({
  pod: STRING,
  name: STRING,
  role: words('holder', 'workload'),
  pid: INTEGER,
  ns: record(fields({ inode: INODE, same: words('own', 'holder', 'host') })),
});

const NAMESPACE = {
  kind: STRING,
  inode: INODE,
  whose: list(OWNER),
  processes: INTEGER,
  threads: INTEGER,
  pid: nullable(INTEGER),
  command: nullable(STRING),
  owner: nullable(INODE),
  parent: nullable(INODE),
};

const REFERENCE = fields(
  { by: words('process', 'thread', 'children', 'mount', 'fd', 'owner', 'parent') },
  {
    pid: INTEGER,
    tid: INTEGER,
    path: STRING,
    mnt: INODE,
    fd: INTEGER,
    of: STRING,
    inode: INODE,
    command: nullable(STRING),
    whose: OWNER,
  },
);

const NAMESPACE_WITH_HOLDS = fields({ ...NAMESPACE, holds: list(REFERENCE) });
const HOLDS = { namespace: fields(NAMESPACE), items: list(REFERENCE) };

const FINDING = fields(
  { what: STRING, state: words('ok', 'missing', 'limited'), found: STRING },
  { cure: STRING },
);

const EVENT = fields(
  {
    t: NUMBER,
    channel: words('syscall', 'spawn', 'sysctl', 'ip', 'netlink', 'nft', 'shim'),
    who: INTEGER,
    purpose: STRING,
    call: STRING,
    args: STRING,
    result: INTEGER,
    us: NUMBER,
  },
  {
    step: STRING,
    subject: STRING,
    argv: STRINGS,
    inside: INTEGER,
    input: STRING,
    bytes: STRING,
    errno: INTEGER,
    evidence: STRINGS,
    equivalent: STRING,
  },
);
