import t from 'tap';
import { ManifestError, readManifests } from '../../src/manifest/read.ts';
import { nextDue } from '../../src/manifest/schedule.ts';
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
metadata: {name: settings, namespace: lab}
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

t.test('the kinds with a template', async (t) => {
  const head = (kind: string, more = '') =>
    `{apiVersion: ${kind === 'CronJob' ? 'batch' : 'apps'}/v1, kind: ${kind}, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, ${more}`;
  const template =
    'template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}';
  const names = (text: string) => read(text).pods.map(({ name }) => name);
  t.strictSame(names(`${head('ReplicaSet', 'replicas: 2, ')}${template}}}`), ['web-0', 'web-1']);
  t.strictSame(names(`${head('DaemonSet')}${template}}}`), ['web'], 'one node, one pod');
  const controller = head('ReplicationController').replace('apps/v1', 'v1');
  t.strictSame(names(`${controller.replace('{matchLabels: {app: web}}', '{app: web}')}${template}}}`), [
    'web',
  ]);
  t.throws(
    () => names(`${controller.replace('{matchLabels: {app: web}}', '{app: other}')}${template}}}`),
    /does not match template `labels`/,
    'its selector is checked (control)',
  );
  const set = read(
    `${head('StatefulSet', 'serviceName: nginx, ordinals: {start: 3}, volumeClaimTemplates: [{metadata: {name: www}, spec: {resources: {requests: {storage: 1Gi}}}}], ')}${template.replace('image: nginx', 'image: nginx, volumeMounts: [{name: www, mountPath: /w}]')}}}`,
  ).pods;
  t.strictSame(
    set.map(({ name }) => name),
    ['web-3'],
    'a StatefulSet of one has a number, too',
  );
  t.match(plain(set[0]), {
    labels: {
      app: 'web',
      'apps.kubernetes.io/pod-index': '3',
      'statefulset.kubernetes.io/pod-name': 'web-3',
    },
    spec: {
      hostname: 'web-3',
      subdomain: 'nginx',
      volumes: [{ name: 'www', persistentVolumeClaim: { claimName: 'www-web-3' } }],
    },
  });
});

t.test('Jobs: counts, indices, and a CronJob', async (t) => {
  const spec = 'template: {spec: {restartPolicy: Never, containers: [{name: a, image: busybox}]}}';
  const job = (fields: string) => read(around.job(`${fields}\n${spec}`));
  t.strictSame(
    job('completions: 2\nparallelism: 2').pods.map(({ name, spec: { hostname } }) => [name, hostname]),
    [
      ['web-0', undefined],
      ['web-1', undefined],
    ],
  );
  t.equal(job('parallelism: 3').pods.length, 3, 'a queue');
  const shareOf = (fields: string) => job(fields).pods.map((pod) => pod.job);
  const share = { name: 'web', together: 2, failsTogether: true };
  t.strictSame(shareOf('completions: 3\nparallelism: 2'), [share, share, share]);
  t.match(shareOf('completions: 2'), [{ together: 1 }, {}], 'without parallelism one after the other');
  const perIndex = 'completions: 2\ncompletionMode: Indexed\nbackoffLimitPerIndex: 1';
  t.match(shareOf(perIndex), [{ failsTogether: false }, {}]);
  const alike = { name: 'web', failsTogether: true };
  t.strictSame(shareOf('completions: 2\nparallelism: 5'), [alike, alike], 'all at once (control)');
  const indexed = job('completionMode: Indexed\ncompletions: 1\nbackoffLimitPerIndex: 2').pods;
  t.match(plain(indexed), [
    {
      name: 'web-0',
      backoffLimit: 2,
      labels: { 'job-name': 'web', 'batch.kubernetes.io/job-completion-index': '0' },
      spec: { hostname: 'web-0', containers: [{ env: [{ name: 'JOB_COMPLETION_INDEX' }] }] },
    },
  ]);
  const suspended = job('suspend: true');
  t.strictSame(suspended.pods, []);
  t.strictSame(suspended.notes, ['pod.yaml:6:12: the Job is suspended: it starts nothing']);
  const cron = (fields: string) =>
    read(
      `{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {${fields}, jobTemplate: {spec: {${spec}}}}}`,
    );
  const { pods, notes } = cron('schedule: "*/5 8-18 * jan MON-FRI"');
  t.match(pods, [{ name: 'c', kind: 'CronJob', backoffLimit: 6, labels: { 'job-name': 'c' } }]);
  t.strictSame(notes, [
    'pod.yaml:1:1: CronJob: one run now, and none by its schedule (*/5 8-18 * jan MON-FRI): --schedule is for that',
  ]);
  t.equal(pods[0]?.locate('containers[0].image'), 'pod.yaml:1:194');
  t.strictSame(cron('schedule: "@hourly", suspend: true').pods, []);
  for (const wrong of [
    '* * * *',
    '60 * * * *',
    '* * * * 7',
    '*/0 * * * *',
    '*/00 * * * *',
    '@every 2562048h',
    '5-1 * * * *',
    '@often',
    'x * * * *',
  ])
    t.throws(() => cron(`schedule: "${wrong}"`), /spec\.schedule: Invalid value: /, wrong);
});

t.test('when a schedule is due next', async (t) => {
  const after = new Date(2026, 10, 30, 17, 36, 4);
  const due = (text: string) => {
    const date = nextDue(text, after);
    return (
      date && [date.getFullYear(), date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()]
    );
  };
  const DATES: Record<string, number[] | undefined> = {
    '* * * * *': [2026, 11, 30, 17, 37],
    '36 17 * * *': [2026, 12, 1, 17, 36],
    '*/5 8-18 * jan MON-FRI': [2027, 1, 1, 8, 0],
    '5/15 * * * *': [2026, 11, 30, 17, 50],
    '@hourly': [2026, 11, 30, 18, 0],
    '30 4 1,15 * 5': [2026, 12, 1, 4, 30],
    '30 4 */2 * 5': [2026, 12, 1, 4, 30],
    '0 12 * * 0': [2026, 12, 6, 12, 0],
    '0 0 29 2 *': [2028, 2, 29, 0, 0],
    '0 0 31 2 *': undefined,
    '@every 1h30m': [2026, 11, 30, 19, 6],
  };
  for (const [text, date] of Object.entries(DATES)) t.strictSame(due(text), date, text);
});

t.test('a schedule by the clock of a time zone, as Kubernetes reads it', async (t) => {
  const due = (text: string, after: string, zone: string, count: number) => {
    const dates = [new Date(after)];
    for (let at = 0; at < count; at++) dates.push(nextDue(text, dates[at] as Date, zone) as Date);
    return dates.slice(1).map((date) => date.toISOString().slice(0, 16));
  };
  const berlin = 'Europe/Berlin';
  t.strictSame(due('30 2 * * *', '2026-03-27T12:00Z', berlin, 3), [
    '2026-03-28T01:30',
    '2026-03-30T00:30',
    '2026-03-31T00:30',
  ]);
  t.strictSame(due('0 * * * *', '2026-03-29T00:00Z', berlin, 2), ['2026-03-29T01:00', '2026-03-29T02:00']);
  t.strictSame(due('30 2 * * *', '2026-10-24T12:00Z', berlin, 3), [
    '2026-10-25T00:30',
    '2026-10-25T01:30',
    '2026-10-26T01:30',
  ]);
  t.strictSame(due('0 0 * * 0', '2026-10-24T12:00Z', berlin, 2), ['2026-10-24T22:00', '2026-10-31T23:00']);
  // There, the clock skips midnight in spring, and shows the last hour of a day twice in autumn.
  const santiago = 'America/Santiago';
  t.strictSame(due('0 0 * * *', '2026-09-05T05:00Z', santiago, 1), ['2026-09-07T03:00']);
  t.strictSame(due('30 1 * * 0', '2026-09-05T05:00Z', santiago, 1), ['2026-09-06T04:30']);
  t.strictSame(due('30 23 * * 6', '2026-04-04T05:00Z', santiago, 2), [
    '2026-04-05T02:30',
    '2026-04-05T03:30',
  ]);
  t.strictSame(due('15 0 5 4 *', '2026-04-04T05:00Z', santiago, 1), ['2026-04-05T04:15']);
  t.strictSame(due('0 12 * * *', '2026-07-01T00:00Z', 'Asia/Kolkata', 1), ['2026-07-01T06:30']);
  t.strictSame(due('0 12 * * *', '2026-07-01T00:00Z', 'UTC', 1), ['2026-07-01T12:00'], '(control)');
  const cron = (fields: string) =>
    read(
      `{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {${fields}, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}}`,
    ).pods;
  const zone = (text: string) => cron(`schedule: "@daily", timeZone: "${text}"`)[0]?.timeZone;
  for (const name of [berlin, 'UTC', 'Etc/GMT+1', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires'])
    t.equal(zone(name), name);
  for (const [name, why] of [
    ['', /spec\.timeZone: Required value/],
    ['Local', /must be an explicit time zone/],
    ['local', /must be an explicit time zone/],
    ['Europe/Nowhere', /unknown time zone Europe\/Nowhere/],
    ['europe/berlin', /unknown time zone europe\/berlin/],
    ['+01:00', /unknown time zone/],
    ['Europe/../UTC', /unknown time zone/],
  ] as const)
    t.throws(() => zone(name), why, name);
  for (const prefix of ['TZ', 'CRON_TZ'])
    t.throws(() => cron(`schedule: "${prefix}=UTC 0 0 * * *"`), /cannot use TZ or CRON_TZ in schedule/);
});

t.test('kinds without pods are passed over, each with a sentence', async (t) => {
  const object = (apiVersion: string, kind: string) =>
    `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: x}, spec: {any: [thing]}}\n---\n`;
  const text = [
    object('v1', 'ServiceAccount'),
    object('networking.k8s.io/v1', 'Ingress'),
    object('rbac.authorization.k8s.io/v1beta1', 'ClusterRole'),
    object('autoscaling/v2', 'HorizontalPodAutoscaler'),
    around.container(''),
  ].join('');
  const { pods, ignored, notes } = read(text);
  t.equal(pods.length, 1);
  t.strictSame(notes, []);
  t.strictSame(
    ignored.map(({ field }) => field),
    ['ServiceAccount "x"', 'Ingress "x"', 'ClusterRole "x"', 'HorizontalPodAutoscaler "x"'],
  );
  t.ok(
    ignored.every(({ why }) => /^[a-z].{10,}[^.]$/.test(why)),
    'a sentence each',
  );
});

t.test('one name in two namespaces is two objects', async (t) => {
  const map = (color: string, more = '') =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: m${more}}, data: {color: ${color}}}\n---\n`;
  const pod = (more = '') =>
    `{apiVersion: v1, kind: Pod, metadata: {name: a${more}}, spec: {containers: [{name: a, image: b, envFrom: [{configMapRef: {name: m}}]}]}}\n---\n`;
  const other = ', namespace: other';
  const names = (text: string, namespace?: string) =>
    read(text, { namespace }).pods.map(({ namespace, name }) => `${namespace} ${name}`);
  const both = read(map('red') + map('blue', other) + pod() + pod(other));
  t.strictSame(
    both.pods.map(({ namespace }) => namespace),
    ['default', 'other'],
  );
  t.strictSame(
    [both.configMaps.get('m')?.get('color'), both.configMaps.get('other@m')?.get('color')],
    ['red', 'blue'],
  );
  t.throws(
    () => read(map('red') + pod(other)),
    { message: /Not found: "m": it is in the namespace "default" \(with/ },
    'a ConfigMap of another namespace is none',
  );
  t.strictSame(names(map('red') + pod(), 'lab'), ['lab a'], '-n: the namespace of what names none');
  t.throws(() => names(map('red') + pod(other), 'lab'), {
    message:
      /metadata.namespace: the namespace from the provided object "other" does not match the namespace "lab"/,
  });
  t.throws(
    () => read(map('red') + pod() + pod()),
    { message: /Duplicate value: "a"$/ },
    'two in one (control)',
  );
  t.throws(
    () => read(map('red') + map('red')),
    { message: /Duplicate value: "m"$/ },
    'and ConfigMaps (control)',
  );
});

t.test('JSON values that follow each other', async (t) => {
  const pod = (name: string, more = '') =>
    `{"apiVersion":"v1","kind":"Pod",\n"metadata":{"name":"${name}"},"spec":{"containers":[{"name":"a","image":"b}{\\""${more}}]}}`;
  const names = (text: string) => read(text).pods.map(({ name, where }) => `${name} ${where}`);
  t.strictSame(names(`${pod('a')}${pod('b')}\n  ${pod('c')}\n`), [
    'a pod.yaml:1:1',
    'b pod.yaml:2:78',
    'c pod.yaml:4:3',
  ]);
  t.throws(
    () => read(`${pod('a')}\n${pod('b', ',"x":1')}`),
    { message: 'pod.yaml:4:75: spec.containers[0].x: unknown field' },
    'the place is that in the file',
  );
  t.throws(
    () => read(`${pod('a')} and ${pod('b')}`),
    /pod\.yaml:2:/,
    'with words between, it is YAML that is wrong (control)',
  );
});

t.test('an error of the syntax stands alone', async (t) => {
  const broken = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c\ndata: {a: b}\n---\n';
  const pod = around.container('envFrom: [{configMapRef: {name: c}}]');
  t.throws(
    () => read(broken + pod),
    { message: /^pod\.yaml:4:1: [^\n]*$/ },
    'not that its ConfigMap is missing',
  );
  t.throws(() => read(pod), /Not found: "c"/, 'which is said without it (control)');
});

t.test('claims that several pods use', async (t) => {
  const pod = (name: string, claim: string) =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: ${claim}}}], containers: [{name: a, image: b}]}}\n---\n`;
  t.strictSame(read(pod('a', 'one') + pod('b', 'two')).notes, [], 'control');
  t.strictSame(read(pod('a', 'one') + pod('b', 'one')).notes, [
    'pod.yaml:1:1: claim "one": each of the 2 pods that use it has memory of its own',
  ]);
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
  const text = `${around.spec('runtimeClassName: kata\nvolumes: [{name: claim, nfs: {server: x, path: /xxxxx       }}, {name: own}]')}    volumeDevices: []
    livenessProbe: {tcpSocket: {port: 1, host: a.example}, periodSeconds: 3}
    readinessProbe: {httpGet: {port: 1, host: a.example}}
    resources: {limits: {nvidia.com/gpu: 1, cpu: 1}}
    volumeMounts: [{name: claim, mountPath: /c}, {name: own, mountPath: /o, mountPropagation: Bidirectional}]
---
{apiVersion: example.com/v1, kind: Widget, metadata: {name: web}, spec: {anything: [goes]}}
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
      'spec.volumes[0].nfs',
      'spec.containers[0].volumeDevices',
      'spec.containers[0].livenessProbe.tcpSocket.host',
      'spec.containers[0].readinessProbe.httpGet.host',
      'spec.containers[0].resources.limits["nvidia.com/gpu"]',
      'spec.containers[0].volumeMounts[1].mountPropagation',
      'kind',
    ],
  );
  t.throws(() => read(text), {
    message: /nfs is a field of Kubernetes that nslab does not support/,
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
