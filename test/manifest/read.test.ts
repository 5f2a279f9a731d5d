import t from 'tap';
import { ManifestError, readManifests } from '../../src/manifest/read.ts';
import { around, read, TEMPLATE, unmark } from './expect-fault.ts';

/** Gives maps without a prototype the usual one, for comparison. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

t.test('a pod from an old article: one warning for each thing that Kubernetes refuses', async (t) => {
  const reading = read(`apiVersion: apps/v1beta1
kind: Deployment
metadata:
  name: Pod-of-two
spec:
  replicas: 1
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: greeter
        image: busybox
        command:
        - "/bin/sh"
        - "-c"
        - "while true;do echo hello;sleep 1;done"
      - name: server
        image: nginx
`);
  const [pod] = reading.pods;
  t.match(pod, { name: 'pod-of-two', namespace: 'default', kind: 'Deployment', where: 'pod.yaml:1:1' });
  t.strictSame({ ...pod?.labels }, { app: 'web' });
  t.strictSame(pod?.spec.containers, [
    {
      name: 'greeter',
      image: 'busybox',
      command: ['/bin/sh', '-c', 'while true;do echo hello;sleep 1;done'],
    },
    { name: 'server', image: 'nginx' },
  ]);
  const [version, name, selector, ...others] = reading.warnings;
  t.strictSame(others, []);
  t.match(
    version,
    /^pod\.yaml:1:13: apiVersion: .*no matches for kind "Deployment" in version "apps\/v1beta1", since 1\.16/,
  );
  t.match(
    name,
    /^pod\.yaml:4:9: metadata\.name: .*Invalid value: "Pod-of-two": a lowercase RFC 1123 .*read as "pod-of-two"/,
  );
  t.match(selector, /^pod\.yaml:6:3: spec\.selector: .*Required value/);
});

t.test('each deviation that nslab tolerates, alone, gives exactly one warning', async (t) => {
  const selector = 'selector: {matchLabels: {app: web}}\n';
  const warnings = (text: string) => read(text).warnings.map((each) => each.replace(/: .*/, ''));
  const deployment = around.deployment(`${selector}${TEMPLATE}`);
  t.strictSame(warnings(deployment), [], 'control');
  for (const version of ['extensions/v1beta1', 'apps/v1beta1', 'apps/v1beta2'])
    t.strictSame(warnings(deployment.replace('apps/v1', version)), ['pod.yaml:1:13'], version);
  t.strictSame(warnings(around.deployment(TEMPLATE)), ['pod.yaml:6:3'], 'no selector');
  t.strictSame(warnings(around.metadata('name: Web')), ['pod.yaml:4:9'], 'an upper-case letter');
  t.equal(read(around.metadata('name: Web')).pods[0]?.name, 'web');
});

t.test('init containers, sidecars, a shared volume', async (t) => {
  const { pods, warnings } = read(`apiVersion: v1
kind: Pod
metadata:
  name: shared-page
spec:
  initContainers:
  - name: writer
    image: registry.k8s.io/busybox:1.27.2
    command: ["sh", "-c", 'echo "Hello from the init container" > /content/index.html']
    volumeMounts:
    - name: content
      mountPath: /content
  - name: client
    image: registry.k8s.io/busybox:1.27.2
    restartPolicy: Always
    readinessProbe: {exec: {command: ["true"]}}
    command: ["sh", "-c", 'while true; do wget -qO- http://localhost:80 | head -n 4; sleep 5; done']
  containers:
  - name: web
    image: nginx:1.29
    ports:
    - containerPort: 80
    volumeMounts:
    - name: content
      mountPath: /usr/share/nginx/html
      readOnly: true
  volumes:
  - name: content
    emptyDir:
      sizeLimit: 10Mi
`);
  t.strictSame(warnings, []);
  t.strictSame(pods[0]?.spec.volumes, [{ name: 'content', emptyDir: { sizeLimit: '10Mi' } }]);
  t.match(pods[0]?.spec.initContainers, [{ name: 'writer' }, { name: 'client', restartPolicy: 'Always' }]);
  t.strictSame(pods[0]?.spec.containers[0]?.volumeMounts, [
    { name: 'content', mountPath: '/usr/share/nginx/html', readOnly: true },
  ]);
});

t.test('a pod with everything that is acted on', async (t) => {
  const { pods, ignored, unsupported, warnings } = read(EVERYTHING);
  t.strictSame(
    [ignored.map(({ field }) => field), unsupported, warnings],
    [['spec.containers[0].resources.requests'], [], []],
  );
  const [container] = pods[0]?.spec.containers ?? [];
  t.strictSame(plain(container?.resources), {
    limits: { cpu: '1.5', memory: '1000000' },
    requests: { cpu: '500m' },
  });
  t.equal(pods[0]?.spec.volumes?.[1]?.configMap?.defaultMode, 0o440, 'a mode is octal');
  t.equal(container?.livenessProbe?.periodSeconds, undefined, '0 is the default');
  t.equal(container?.ports?.[0]?.hostPort, undefined, '0 is none');
});

const EVERYTHING = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: red, file.conf: "a=1\\n"}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: lab
  labels: {app: web, example.com/tier: front}
  annotations: {note: "a: b"}
spec:
  restartPolicy: OnFailure
  terminationGracePeriodSeconds: 5
  activeDeadlineSeconds: 60
  hostname: front
  subdomain: lab
  setHostnameAsFQDN: true
  hostAliases: [{ip: 10.0.0.9, hostnames: [db, db.lab]}]
  shareProcessNamespace: true
  dnsPolicy: None
  dnsConfig: {nameservers: [9.9.9.9], searches: [lab., lab], options: [{name: ndots, value: "2"}]}
  serviceAccount: builder
  nodeName: here
  securityContext:
    runAsUser: 1000
    runAsGroup: 1000
    runAsNonRoot: true
    fsGroup: 2000
    supplementalGroups: [3000]
    sysctls: [{name: net.ipv4.ip_forward, value: "1"}]
  containers:
  - name: web
    image: nginx
    command: [sh, -c]
    args: ["echo $(COLOR)"]
    workingDir: /tmp
    env:
    - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color}}}
    - {name: ME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: TIER, valueFrom: {fieldRef: {fieldPath: "metadata.labels['example.com/tier']"}}}
    - {name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
    - {name: MAYBE, valueFrom: {secretKeyRef: {name: nowhere, key: x, optional: true}}}
    envFrom: [{prefix: S_, configMapRef: {name: settings}}]
    ports: [{name: http, containerPort: 80, hostPort: 0, protocol: TCP}]
    volumeMounts:
    - {name: scratch, mountPath: /scratch, subPathExpr: $(ME)}
    - {name: settings, mountPath: /etc/settings, readOnly: true, subPath: conf}
    - {name: self, mountPath: /self}
    - {name: both, mountPath: /both}
    - {name: host, mountPath: /host}
    lifecycle:
      postStart: {exec: {command: ["true"]}}
      preStop: {sleep: {seconds: 1}}
    livenessProbe: {httpGet: {path: /, port: http, host: 127.0.0.1, httpHeaders: [{name: X-A, value: ""}]}, periodSeconds: 0}
    readinessProbe: {tcpSocket: {port: 80, host: localhost}, successThreshold: 2}
    startupProbe: {exec: {command: ["true"]}, failureThreshold: 30, terminationGracePeriodSeconds: 2}
    resources: {limits: {cpu: 1.5, memory: 1e6}, requests: {cpu: 500m}}
    securityContext:
      capabilities: {add: [NET_ADMIN], drop: [ALL]}
      privileged: false
      readOnlyRootFilesystem: true
      allowPrivilegeEscalation: false
  volumes:
  - {name: scratch, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
  - {name: settings, configMap: {name: settings, defaultMode: 0440, items: [{key: file.conf, path: conf/a, mode: 0400}]}}
  - name: self
    downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}, {path: cpu, resourceFieldRef: {containerName: web, resource: limits.cpu}}]}
  - name: both
    projected:
      sources:
      - configMap: {name: settings}
      - downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}
      - secret: {name: nowhere, optional: true}
  - {name: host, hostPath: {path: /srv, type: Directory}}
`;

t.test('ConfigMaps and Secrets: text and bytes; stringData takes precedence over data', async (t) => {
  const { configMaps, secrets } =
    read(`{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: text, __proto__: odd, toString: x}, binaryData: {b: AP8=}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: aGVsbG8=, b: AP8=}, stringData: {a: over, c: plain}}
`);
  t.strictSame(
    [...(configMaps.get('c') ?? [])],
    [
      ['a', 'text'],
      ['__proto__', 'odd'],
      ['toString', 'x'],
      ['b', new Uint8Array([0, 255])],
    ],
  );
  t.strictSame(
    [...(secrets.get('s') ?? [])],
    [
      ['a', 'over'],
      ['b', new Uint8Array([0, 255])],
      ['c', 'plain'],
    ],
  );
});

t.test('a Deployment gives one pod per replica; a Job gives one pod', async (t) => {
  const deployment = (replicas: string) =>
    read(around.deployment(`${replicas}\nselector: {matchLabels: {app: web}}\n${TEMPLATE}`)).pods;
  t.strictSame(
    deployment('replicas: 3').map(({ name }) => name),
    ['web-0', 'web-1', 'web-2'],
  );
  t.strictSame(
    deployment('replicas: 1').map(({ name }) => name),
    ['web'],
  );
  t.strictSame(
    deployment('replicas:').map(({ name }) => name),
    ['web'],
    'null is the default',
  );
  t.strictSame(deployment('replicas: 0'), []);
  const job = read(
    around.job(
      'activeDeadlineSeconds: 9\ntemplate: {spec: {restartPolicy: Never, activeDeadlineSeconds: 20, containers: [{name: a, image: busybox}]}}',
    ),
  );
  t.match(job.pods, [
    { name: 'web', kind: 'Job', spec: { restartPolicy: 'Never', activeDeadlineSeconds: 9 } },
  ]);
});

t.test('several sources, several documents, a List', async (t) => {
  const pod = (name: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: a, image: busybox}]}\n`;
  const { pods } = readManifests(
    [
      { name: 'one', text: `${pod('a')}---\n---\n# nothing here\n---\n${pod('b')}` },
      {
        name: 'stdin',
        text: `apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ""}\nitems:\n- ${pod('c').trimEnd().replaceAll('\n', '\n  ')}\n`,
      },
    ],
    { ignoreUnsupported: false },
  );
  t.strictSame(
    pods.map(({ name, where }) => [name, where]),
    [
      ['a', 'one:1:1'],
      ['b', 'one:9:1'],
      ['c', 'stdin:5:3'],
    ],
  );
  t.equal(pods[2]?.locate('containers[0].image'), 'stdin:8:40');
  t.throws(
    () =>
      readManifests(
        [
          { name: 'one', text: pod('a') },
          { name: 'two', text: pod('a') },
        ],
        { ignoreUnsupported: false },
      ),
    { message: 'two:3:18: metadata.name: Duplicate value: "a"' },
  );
  t.strictSame(readManifests([], { ignoreUnsupported: false }).pods, []);
});

t.test('locate() gives the position of a field', async (t) => {
  const place = (marked: string, path: string) => {
    const { text, where } = unmark(marked);
    t.equal(read(text).pods[0]?.locate(path), where, path);
  };
  place(around.container('command: [sh, ^-c]'), 'containers[0].command[1]');
  place(
    around.container('').replace('name: web\n    image', '^name: web\n    image'),
    'containers[0].workingDir',
  );
  place(
    around.container('securityContext: ^{privileged: true}'),
    'containers[0].securityContext.readOnlyRootFilesystem',
  );
  place(around.spec('nodeSelector: {a.b/c: ^x}'), 'nodeSelector["a.b/c"]');
  place(
    around.deployment(
      `selector: {matchLabels: {app: web}}\n${TEMPLATE.replace('image: nginx', 'image: ^nginx')}`,
    ),
    'containers[0].image',
  );
});

t.test('harmless fields are listed once and dropped', async (t) => {
  const { pods, ignored } = read(
    around.spec(
      'nodeSelector: {disk: ssd}\naffinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]}}}',
    ),
  );
  t.strictSame(
    ignored.map(({ where, field }) => `${where} ${field}`),
    ['pod.yaml:6:3 spec.nodeSelector', 'pod.yaml:7:3 spec.affinity'],
  );
  t.strictSame(Object.keys(pods[0]?.spec ?? {}), ['containers']);
});

t.test('--ignore-unsupported drops unsupported fields and what depends on them', async (t) => {
  const text = `${around.spec('runtimeClassName: kata\nvolumes: [{name: claim, persistentVolumeClaim: {claimName: x}}, {name: own}]')}    tty: true
    livenessProbe: {grpc: {port: 1}, periodSeconds: 3}
    readinessProbe: {httpGet: {port: 1, scheme: HTTPS}}
    resources: {limits: {nvidia.com/gpu: 1, cpu: 1}}
    volumeMounts: [{name: claim, mountPath: /c}, {name: own, mountPath: /o, mountPropagation: Bidirectional}]
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {anything: [goes]}}
`;
  const { pods, unsupported } = read(text, { ignoreUnsupported: true });
  t.strictSame(plain(pods[0]?.spec), {
    volumes: [{ name: 'own', emptyDir: {} }],
    containers: [
      {
        name: 'web',
        image: 'nginx',
        resources: { limits: { 'nvidia.com/gpu': '1', cpu: '1' } },
        volumeMounts: [{ name: 'own', mountPath: '/o' }],
      },
    ],
  });
  t.equal(pods[0]?.locate('volumes[0].name'), 'pod.yaml:7:74', 'the text is counted as it was written');
  t.equal(pods[0]?.locate('containers[0].volumeMounts[0].mountPath'), 'pod.yaml:15:73');
  t.strictSame(
    unsupported.map(({ field }) => field),
    [
      'spec.runtimeClassName',
      'spec.volumes[0].persistentVolumeClaim',
      'spec.containers[0].tty',
      'spec.containers[0].livenessProbe.grpc',
      'spec.containers[0].readinessProbe.httpGet.scheme',
      'spec.containers[0].resources.limits["nvidia.com/gpu"]',
      'spec.containers[0].volumeMounts[1].mountPropagation',
      'kind',
    ],
  );
  t.throws(() => read(text), {
    message: /persistentVolumeClaim is a field of Kubernetes that nslab does not support/,
    hint: '--ignore-unsupported continues without them',
  });
});

t.test('the message shows twenty faults in the order of the text; `faults` has all', async (t) => {
  const lines = Array.from({ length: 25 }, (_, index) => `unknown${index}: 1`).join('\n');
  try {
    read(around.container(lines));
    t.fail('it was read');
  } catch (error) {
    t.ok(error instanceof ManifestError && error.faults.length === 25);
    const shown = (error as Error).message.split('\n');
    t.match([shown[0], shown[19], shown[20], shown.length], [/unknown0/, /unknown19/, '… and 5 more', 21]);
    t.equal((error as ManifestError).hint, undefined);
  }
});
