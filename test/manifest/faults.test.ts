import t, { type Test } from 'tap';
import { around, expectFault, faultsOf, TEMPLATE } from './expect-fault.ts';

/** The place in a manifest, lines with a fault at the mark, its message; and corrected lines as a control. */
type Case = [place: keyof typeof around, wrong: string, message: string | RegExp, right: string];

const LABEL = /a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'/;
const SUBDOMAIN = /a lowercase RFC 1123 subdomain must consist of/;
const NOT_OURS = 'that nslab does not support';

function table(t: Test, cases: readonly Case[]): void {
  for (const [place, wrong, message, right] of cases) {
    expectFault(t, around[place](wrong), message);
    t.strictSame(faultsOf(around[place](right)), [], `control: ${right}`);
  }
}

t.test('unknown fields and wrong types', async (t) => {
  table(t, [
    [
      'container',
      '^comand: [sh]',
      'spec.containers[0].comand: unknown field (did you mean "command"?)',
      'command: [sh]',
    ],
    [
      'container',
      '^Command: [sh]',
      'spec.containers[0].Command: unknown field (did you mean "command"?)',
      'command: [sh]',
    ],
    ['container', '^volumeMount: []', /unknown field \(did you mean "volumeMounts"\?\)$/, 'volumeMounts: []'],
    ['container', '^xyzzy: 1', 'spec.containers[0].xyzzy: unknown field', 'tty: false'],
    ['spec', '^replicas: 1', 'spec.replicas: unknown field', 'hostNetwork: true'],
    [
      'spec',
      'affinity: {podAffinity: {^required: []}}',
      'spec.affinity.podAffinity.required: unknown field',
      'affinity: {podAffinity: {}}',
    ],
    [
      'metadata',
      'name: web\n^lables: {a: b}',
      'metadata.lables: unknown field (did you mean "labels"?)',
      'name: web\nlabels: {a: b}',
    ],
    ['container', '^__proto__: {tty: true}', 'spec.containers[0].__proto__: unknown field', 'tty: false'],
    [
      'container',
      'env: [{name: A, value: ^true}]',
      'spec.containers[0].env[0].value: true is a boolean; Kubernetes wants a string: write "true"',
      'env: [{name: A, value: "true"}]',
    ],
    [
      'container',
      'env: [{name: A, value: ^0x1F}]',
      /: 0x1F is a number; Kubernetes wants a string: write "0x1F"$/,
      'env: [{name: A, value: "0x1F"}]',
    ],
    [
      'container',
      'args: [a, ^8080]',
      /args\[1\]: 8080 is a number; Kubernetes wants a string: write "8080"$/,
      'args: [a, "8080"]',
    ],
    ['container', 'args: [a, ^~]', /args\[1\]: ~ is nothing; Kubernetes wants a string$/, 'args: [a, ""]'],
    [
      'container',
      'ports: [{containerPort: ^"80"}]',
      /containerPort: "80" is a string; Kubernetes wants an integer: write 80$/,
      'ports: [{containerPort: 80}]',
    ],
    [
      'container',
      'ports: [{containerPort: ^80.5}]',
      /containerPort: 80\.5 is a number; Kubernetes wants an integer$/,
      'ports: [{containerPort: 80.0}]',
    ],
    [
      'container',
      'tty: ^"false"',
      /tty: "false" is a string; Kubernetes wants a boolean: write false$/,
      'tty: no',
    ],
    [
      'container',
      'command: ^sh',
      /command: sh is a string; Kubernetes wants a list: write \["sh"\]$/,
      'command: [sh]',
    ],
    ['container', 'command: ^{a: b}', /command: this is a map; Kubernetes wants a list$/, 'command: []'],
    [
      'container',
      'workingDir: ^[a]',
      /workingDir: this is a list; Kubernetes wants a string$/,
      'workingDir: /a',
    ],
    [
      'spec',
      'securityContext: ^true',
      /securityContext: true is a boolean; Kubernetes wants a map$/,
      'securityContext: {}',
    ],
    [
      'spec',
      'securityContext: {runAsUser: ^99999999999999999999}',
      /runAsUser: Invalid value: 100000000000000000000: must be between 0 and 2147483647, inclusive$/,
      'securityContext: {runAsUser: 99}',
    ],
    [
      'spec',
      'nodeSelector: {a: ^yes}',
      /nodeSelector\.a: yes is a boolean; Kubernetes wants a string: write "yes"$/,
      'nodeSelector: {a: "yes"}',
    ],
    [
      'container',
      'imagePullPolicy: ^Sometimes',
      /imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"$/,
      'imagePullPolicy: Never',
    ],
    [
      'spec',
      'restartPolicy: ^no',
      /restartPolicy: no is a boolean; Kubernetes wants a string: write "no"$/,
      'restartPolicy: Never',
    ],
    [
      'container',
      'resources: {limits: {memory: ^64mb}}',
      /memory: Invalid value: "64mb": a quantity is a number and a unit/,
      'resources: {limits: {memory: 64M}}',
    ],
    [
      'container',
      'resources: {limits: {memory: ^[1]}}',
      /memory: this is a list; Kubernetes wants a quantity$/,
      'resources: {limits: {memory: 0.5}}',
    ],
  ]);
});

t.test('apiVersion, kind and documents', async (t) => {
  const pod = around.spec('');
  table(t, [
    ['whole', '^just words', /a manifest is a map with apiVersion and kind, not "just words"$/, pod],
    ['whole', '^- a\n- b', /a manifest is a map/, pod],
    ['whole', '^# nothing', 'there is no manifest in it', pod],
    ['whole', '^', 'there is no manifest in it', pod],
    ['whole', '^kind: Pod', 'apiVersion: Required value', pod],
    ['whole', '^apiVersion: v1', 'kind: Required value', pod],
    ['whole', 'apiVersion: v1\nkind: ^5', 'kind: 5 is a number; Kubernetes wants a string: write "5"', pod],
    [
      'whole',
      'kind: ^List\napiVersion: v2',
      'kind: no matches for kind "List" in version "v2": write v1',
      pod,
    ],
    [
      'whole',
      'kind: Pod\napiVersion: ^v2',
      'apiVersion: no matches for kind "Pod" in version "v2": write v1',
      pod,
    ],
    [
      'whole',
      'kind: Job\napiVersion: ^batch/v1beta1',
      /no matches for kind "Job" in version "batch\/v1beta1": write batch\/v1$/,
      pod,
    ],
    [
      'whole',
      'apiVersion: v1\nkind: ^pod',
      'kind: no matches for kind "pod" in version "v1" (did you mean "Pod"?)',
      pod,
    ],
    [
      'whole',
      'apiVersion: v1\nkind: ^Binding',
      /^pod\.yaml:2:7: kind: Binding is a kind that nslab does not support: supported kinds: Pod, Deployment, ReplicaSet, /,
      pod,
    ],
    [
      'whole',
      'apiVersion: argoproj.io/v1alpha1\nkind: ^Rollout',
      /^pod\.yaml:2:7: kind: Rollout \(argoproj\.io\/v1alpha1\) is a kind that nslab does not support: argoproj\.io is an extension/,
      pod,
    ],
    // Alike by their letters to ConfigMap and Pod, and not meant.
    [
      'whole',
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: ^Kustomization',
      /it is a configuration file for kustomize: `kubectl kustomize DIRECTORY \| nslab up -f -`/,
      pod,
    ],
    [
      'whole',
      'apiVersion: fission.io/v1\nkind: ^ConfigMaps',
      /fission\.io is an extension of Kubernetes/,
      pod,
    ],
    [
      'whole',
      'kind: Deployment\napiVersion: ^app/v1',
      /no matches for kind "Deployment" in version "app\/v1": write apps\/v1$/,
      pod,
    ],
    [
      'whole',
      'apiVersion: v1\nkind: ^Ingress',
      'kind: no matches for kind "Ingress" in version "v1": it is of extensions or of networking.k8s.io',
      pod,
    ],
    ['whole', 'apiVersion: v1\nkind: ^Servce', /\(did you mean "Service"\?\)$/, pod],
    ['whole', '^apiVersion: v1\nkind: Pod\nmetadata: {name: a}', 'spec: Required value', pod],
    [
      'whole',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: ^{}',
      'spec.containers: Required value',
      pod,
    ],
    [
      'whole',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: ^[]}',
      'spec.containers: Required value',
      pod,
    ],
    [
      'whole',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [^{name: a}]}',
      'spec.containers[0].image: Required value',
      pod,
    ],
    [
      'whole',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: ^"", image: a}]}',
      'spec.containers[0].name: Required value',
      pod,
    ],
    ['whole', 'apiVersion: v1\nkind: List\nitems:\n- ^1', /items\[0\]: a manifest is a map/, pod],
    [
      'whole',
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n  spec: {containers: [], ^replicas: 1}',
      'items[0].spec.replicas: unknown field',
      pod,
    ],
  ]);
});

t.test('names, labels and annotations', async (t) => {
  table(t, [
    [
      'metadata',
      '^labels: {}',
      'metadata.name: Required value: nslab does not generate names from generateName',
      'name: a',
    ],
    [
      'metadata',
      'name: ^a_b',
      /metadata\.name: Invalid value: "a_b": a lowercase RFC 1123 subdomain must/,
      'name: a-b',
    ],
    ['metadata', 'name: ^A_b', SUBDOMAIN, 'name: a-b'],
    ['metadata', 'name: ^-a', SUBDOMAIN, 'name: a'],
    ['metadata', 'name: ^a..b', SUBDOMAIN, 'name: a.b'],
    [
      'metadata',
      `name: ^${'a'.repeat(201)}`,
      /metadata\.name: "a+" is not a name for a pod: .*at most 200/,
      `name: ${'a'.repeat(200)}`,
    ],
    ['metadata', `name: ^${'a'.repeat(254)}`, /must be no more than 253 characters/, 'name: a'],
    [
      'metadata',
      'name: ^host',
      'metadata.name: a pod cannot be called "host": the word is reserved',
      'name: hosts',
    ],
    [
      'metadata',
      '^generateName: b-',
      'metadata.name: Required value: nslab does not generate names from generateName',
      'name: a\ngenerateName: b-',
    ],
    ['metadata', 'name: a\nnamespace: ^A', LABEL, 'name: a\nnamespace: a'],
    [
      'metadata',
      'name: a\nlabels: {a/b/c: ^x}',
      /metadata\.labels\["a\/b\/c"\]: Invalid value: "a\/b\/c": a label key has at most one "\/"/,
      'name: a\nlabels: {a/b: x}',
    ],
    [
      'metadata',
      'name: a\nlabels: {A.b/c: ^x}',
      /prefix part a lowercase RFC 1123 subdomain/,
      'name: a\nlabels: {a.b/c: x}',
    ],
    [
      'metadata',
      'name: a\nlabels: {-a: ^x}',
      /name part must consist of alphanumeric characters/,
      'name: a\nlabels: {a: x}',
    ],
    [
      'metadata',
      `name: a\nlabels: {${'k'.repeat(64)}: ^x}`,
      /name part must be no more than 63 characters/,
      'name: a\nlabels: {k: ""}',
    ],
    [
      'metadata',
      'name: a\nlabels: {a: ^x y}',
      /Invalid value: "x y": a valid label must be an empty string or consist of/,
      'name: a\nlabels: {a: x_y}',
    ],
    [
      'metadata',
      'name: a\nlabels: {__proto__: ^x}',
      /name part must consist of/,
      'name: a\nlabels: {proto: x}',
    ],
    [
      'metadata',
      'name: a\nannotations: {a b: ^x}',
      /metadata\.annotations\["a b"\]/,
      'name: a\nannotations: {A.b/c: x y}',
    ],
    [
      'container',
      `readinessProbe: {tcpSocket: {port: ^Http}}\nports: [{name: http, containerPort: 80}]`,
      /must contain only alpha-numeric characters \(a-z, 0-9\), and hyphens/,
      'readinessProbe: {tcpSocket: {port: http}}\nports: [{name: http, containerPort: 80}]',
    ],
  ]);
});

const two = (first: string, second: string) =>
  `initContainers: [{image: a, ${first}}, {image: b, ${second}}]`;

t.test('containers', async (t) => {
  table(t, [
    [
      'spec',
      two('name: A', 'name: b').replace('A', '^A'),
      /spec\.initContainers\[0\]\.name: Invalid value: "A": a lowercase RFC 1123 label/,
      two('name: a', 'name: b'),
    ],
    [
      'spec',
      two('name: a', 'name: ^a'),
      'spec.initContainers[1].name: Duplicate value: "a"',
      two('name: a', 'name: b'),
    ],
    [
      'spec',
      two('name: a', 'name: ^All'),
      /spec\.initContainers\[1\]\.name: Invalid value: "All"/,
      two('name: a', 'name: all'),
    ],
    [
      'spec',
      two('name: a', 'name: b, ^livenessProbe: {exec: {command: [x]}}'),
      'spec.initContainers[1].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      two('name: a', 'name: b, restartPolicy: Always, livenessProbe: {exec: {command: [x]}}'),
    ],
    [
      'spec',
      two('name: a', 'name: b, ^lifecycle: {}'),
      /lifecycle: Forbidden: may not be set for init containers/,
      two('name: a', 'name: b, restartPolicy: Always, lifecycle: {}'),
    ],
    [
      'spec',
      two('name: a', 'name: b, restartPolicy: ^Never'),
      /restartPolicy: "Never" is a value of Kubernetes that nslab does not support: restartPolicy of the pod applies$/,
      two('name: a', 'name: b, restartPolicy: Always'),
    ],
    [
      'container',
      '^restartPolicy: Always',
      `spec.containers[0].restartPolicy is a field of Kubernetes ${NOT_OURS}: only an init container may have it: a sidecar`,
      'tty: false',
    ],
    [
      'container',
      'workingDir: ^tmp',
      'spec.containers[0].workingDir: Invalid value: "tmp": must be an absolute path',
      'workingDir: /tmp',
    ],
    [
      'container',
      'env: [{name: A, value: ^"a\\0b"}]',
      /a program and a path end at a NUL$/,
      'env: [{name: A, value: ab}]',
    ],
    ['container', '^restartPolicyRules: []', /restartPolicyRules is a field of Kubernetes/, 'tty: false'],
    [
      'spec',
      '^ephemeralContainers: []',
      /ephemeralContainers is a field of Kubernetes that nslab does not support: .*nslab exec/,
      'initContainers: []',
    ],
    [
      'container',
      '^volumeDevices: []',
      /volumeDevices is a field of Kubernetes that nslab does not support: block devices/,
      'tty: false',
    ],
  ]);
  expectFault(
    t,
    around.container('').replace('image: nginx', 'image: ^" a"'),
    /image: Invalid value: " a": must not have leading or trailing whitespace$/,
  );
});

t.test('ports', async (t) => {
  const ports = (ports: string) => `ports: [${ports}]`;
  table(t, [
    [
      'container',
      ports('{containerPort: ^0}'),
      'spec.containers[0].ports[0].containerPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ports('{containerPort: 1}'),
    ],
    [
      'container',
      ports('{containerPort: ^65536}'),
      /must be between 1 and 65535, inclusive$/,
      ports('{containerPort: 65535}'),
    ],
    [
      'container',
      ports('^{name: a}'),
      'spec.containers[0].ports[0].containerPort: Required value',
      ports('{containerPort: 8}'),
    ],
    [
      'container',
      ports('{containerPort: 8, hostPort: ^-1}'),
      /hostPort: Invalid value: -1: must be between 1 and 65535, inclusive$/,
      ports('{containerPort: 8, hostPort: 0}'),
    ],
    [
      'container',
      ports('{containerPort: 8, name: ^HTTP}'),
      /must contain only alpha-numeric characters/,
      ports('{containerPort: 8, name: http}'),
    ],
    [
      'container',
      ports('{containerPort: 8, name: ^"80"}'),
      /must contain at least one letter \(a-z\)/,
      ports('{containerPort: 8, name: a80}'),
    ],
    [
      'container',
      ports('{containerPort: 8, name: ^a--b}'),
      /must not contain consecutive hyphens/,
      ports('{containerPort: 8, name: a-b}'),
    ],
    [
      'container',
      ports('{containerPort: 8, name: ^a-}'),
      /must not begin or end with a hyphen/,
      ports('{containerPort: 8, name: a}'),
    ],
    [
      'container',
      ports('{containerPort: 8, name: ^abcdefghijklmnop}'),
      /must be no more than 15 characters/,
      ports('{containerPort: 8, name: abcdefghijklmno}'),
    ],
    [
      'container',
      ports('{containerPort: 8, name: a}, {containerPort: 9, name: ^a}'),
      /ports\[1\]\.name: Duplicate value: "a"$/,
      ports('{containerPort: 8, name: a}, {containerPort: 8, name: b}'),
    ],
    [
      'container',
      ports('{containerPort: 8, protocol: ^tcp}'),
      /Unsupported value: "tcp": supported values: "TCP", "UDP", "SCTP"$/,
      ports('{containerPort: 8, protocol: UDP}'),
    ],
    [
      'container',
      ports('{containerPort: 8, protocol: ^SCTP}'),
      /"SCTP" is a value of Kubernetes that nslab does not support: SCTP is not published$/,
      ports('{containerPort: 8, protocol: TCP}'),
    ],
    [
      'container',
      ports('{containerPort: 8, hostPort: 8, hostIP: ^"::1"}'),
      /hostIP: "::1" is a value of Kubernetes that nslab does not support: .* this one is not published$/,
      ports('{containerPort: 8, hostPort: 8, hostIP: 127.0.0.1}'),
    ],
    [
      'container',
      ports('{containerPort: 8, hostIP: ^nowhere}'),
      /hostIP: Invalid value: "nowhere": must be a valid IP address/,
      ports('{containerPort: 8, hostIP: ""}'),
    ],
    [
      'container',
      ports(
        '{containerPort: 8, hostPort: 80, hostIP: 127.0.0.1}, {containerPort: 9, hostIP: 127.0.0.1, hostPort: ^80}',
      ),
      /ports\[1\]\.hostPort: Duplicate value: "127\.0\.0\.1:80\/TCP"$/,
      ports(
        '{containerPort: 8, hostPort: 80, hostIP: 127.0.0.1}, {containerPort: 9, hostPort: 80, hostIP: 127.0.0.2}',
      ),
    ],
    [
      'container',
      ports('{containerPort: 8, hostPort: 80}, {containerPort: 9, hostPort: ^80}'),
      /ports\[1\]\.hostPort: Duplicate value: "80\/TCP"$/,
      ports('{containerPort: 8, hostPort: 80}, {containerPort: 9, hostPort: 80, protocol: UDP}'),
    ],
    [
      'spec',
      'hostNetwork: true\ninitContainers: [{name: a, image: a, ports: [{containerPort: 8, hostPort: ^9}]}]',
      /hostPort: Invalid value: 9: must match `containerPort` when `hostNetwork` is true$/,
      'hostNetwork: true\ninitContainers: [{name: a, image: a, ports: [{containerPort: 8, hostPort: 8}]}]',
    ],
    [
      'spec',
      'hostNetwork: true\ninitContainers: [{name: a, image: a, ports: [{containerPort: 8}, {containerPort: ^8}]}]',
      /containerPort: Duplicate value: "8\/TCP"$/,
      'hostNetwork: false\ninitContainers: [{name: a, image: a, ports: [{containerPort: 8}, {containerPort: 8}]}]',
    ],
  ]);
});

t.test('environment', async (t) => {
  const env = (variable: string) => `env: [${variable}]`;
  const from = (source: string) => env(`{name: A, valueFrom: ${source}}`);
  table(t, [
    [
      'container',
      env('{name: ^a=b}'),
      /env\[0\]\.name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII/,
      env('{name: a.b-c}'),
    ],
    ['container', env('^{value: a}'), /env\[0\]\.name: Required value$/, env('{name: a}')],
    ['container', env('{name: ^""}'), /env\[0\]\.name: Required value$/, env('{name: a, value: ""}')],
    [
      'container',
      from('^{}'),
      /valueFrom: Required value: must specify one of: `fieldRef`/,
      from('{fieldRef: {fieldPath: metadata.uid}}'),
    ],
    [
      'container',
      from('{fieldRef: {fieldPath: metadata.uid}, ^resourceFieldRef: {resource: limits.cpu}}'),
      /resourceFieldRef: Forbidden: may not have more than one field specified at a time$/,
      from('{resourceFieldRef: {resource: limits.cpu}}'),
    ],
    [
      'container',
      env('{name: A, value: x, valueFrom: ^{fieldRef: {fieldPath: metadata.uid}}}'),
      /may not be specified when `value` is not empty$/,
      env('{name: A, value: "", valueFrom: {fieldRef: {fieldPath: metadata.uid}}}'),
    ],
    [
      'container',
      from('{fieldRef: {fieldPath: ^metadata.labels}}'),
      /fieldPath: Unsupported value: "metadata\.labels": supported values: "metadata\.name"/,
      from('{fieldRef: {fieldPath: status.podIP}}'),
    ],
    [
      'container',
      from('{fieldRef: {fieldPath: ^metadata.nam}}'),
      /Unsupported value: "metadata\.nam"/,
      from('{fieldRef: {fieldPath: spec.nodeName, apiVersion: v1}}'),
    ],
    [
      'container',
      from(`{fieldRef: {fieldPath: ^"metadata.name['a']"}}`),
      /does not support subscript$/,
      from(`{fieldRef: {fieldPath: "metadata.annotations['A']"}}`),
    ],
    [
      'container',
      from(`{fieldRef: {fieldPath: ^"metadata.labels['a b']"}}`),
      /Invalid value: "a b": name part must consist/,
      from(`{fieldRef: {fieldPath: "metadata.labels['a/b']"}}`),
    ],
    [
      'container',
      from('{fieldRef: {fieldPath: metadata.uid, apiVersion: ^v2}}'),
      /apiVersion: "v2" is a value of Kubernetes/,
      from('{fieldRef: {fieldPath: metadata.uid}}'),
    ],
    [
      'container',
      from('{resourceFieldRef: {resource: ^limits.gpu}}'),
      /Unsupported value: "limits\.gpu": supported values: "limits\.cpu"/,
      from('{resourceFieldRef: {resource: requests.memory, divisor: 1Mi}}'),
    ],
    [
      'container',
      from('{resourceFieldRef: {resource: ^limits.ephemeral-storage}}'),
      /"limits\.ephemeral-storage" is a value of Kubernetes that nslab/,
      from('{resourceFieldRef: {resource: limits.memory, divisor: "0"}}'),
    ],
    [
      'container',
      from('{resourceFieldRef: {resource: limits.cpu, divisor: ^1Mi}}'),
      /only divisor's values 1m, 1 are supported with the cpu resource$/,
      from('{resourceFieldRef: {resource: limits.cpu, divisor: 1}}'),
    ],
    [
      'container',
      from('{resourceFieldRef: {resource: limits.cpu, containerName: ^db}}'),
      /containerName: Not found: "db"$/,
      from('{resourceFieldRef: {resource: limits.cpu, containerName: web}}'),
    ],
    [
      'container',
      from('{^fileKeyRef: {}}'),
      /fileKeyRef is a field of Kubernetes that nslab/,
      from('{fieldRef: {fieldPath: metadata.uid}}'),
    ],
    [
      'container',
      from('{configMapKeyRef: {name: ^nowhere, key: a}}'),
      /configMapKeyRef\.name: Not found: "nowhere"/,
      from('{configMapKeyRef: {name: nowhere, key: a, optional: true}}'),
    ],
    [
      'container',
      from('{secretKeyRef: ^{key: a}}'),
      /secretKeyRef\.name: Required value$/,
      from('{secretKeyRef: {name: nowhere, key: a, optional: true}}'),
    ],
    [
      'container',
      from('{secretKeyRef: {name: nowhere, key: ^a b, optional: true}}'),
      /a valid config key must consist of/,
      from('{secretKeyRef: {name: nowhere, key: a.b, optional: true}}'),
    ],
    [
      'container',
      'envFrom: [^{prefix: a}]',
      /envFrom\[0\]: Required value: must specify one of: `configMapRef` or `secretRef`$/,
      'envFrom: [{secretRef: {name: a, optional: true}}]',
    ],
    [
      'container',
      'envFrom: [{prefix: ^a=, secretRef: {name: a, optional: true}}]',
      /prefix: Invalid value: "a="/,
      'envFrom: [{prefix: a_, secretRef: {name: a, optional: true}}]',
    ],
    ['container', 'envFrom: [{secretRef: {name: ^a}}]', /secretRef\.name: Not found: "a"/, 'envFrom: []'],
  ]);
});

t.test('probes and hooks', async (t) => {
  const exec = 'exec: {command: [x]}';
  table(t, [
    [
      'container',
      'livenessProbe: ^{}',
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
      `livenessProbe: {${exec}}`,
    ],
    [
      'container',
      `livenessProbe: {${exec}, ^tcpSocket: {port: 1}}`,
      'spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
      'livenessProbe: {tcpSocket: {port: 1}}',
    ],
    ['container', 'livenessProbe: {exec: ^{}}', /exec\.command: Required value$/, `livenessProbe: {${exec}}`],
    [
      'container',
      `livenessProbe: {${exec}, periodSeconds: ^-1}`,
      /periodSeconds: Invalid value: -1: must be greater than or equal to 0$/,
      `livenessProbe: {${exec}, periodSeconds: 0}`,
    ],
    [
      'container',
      `livenessProbe: {${exec}, successThreshold: ^2}`,
      /successThreshold: Invalid value: 2: must be 1$/,
      `livenessProbe: {${exec}, successThreshold: 1}`,
    ],
    [
      'container',
      `startupProbe: {${exec}, successThreshold: ^2}`,
      /successThreshold: Invalid value: 2: must be 1$/,
      `readinessProbe: {${exec}, successThreshold: 2}`,
    ],
    [
      'container',
      `readinessProbe: {${exec}, terminationGracePeriodSeconds: ^2}`,
      /must not be set for readinessProbes$/,
      `livenessProbe: {${exec}, terminationGracePeriodSeconds: 2}`,
    ],
    [
      'container',
      `livenessProbe: {${exec}, terminationGracePeriodSeconds: ^0}`,
      /must be between 1 and 2147483647, inclusive$/,
      `livenessProbe: {${exec}, terminationGracePeriodSeconds: 1}`,
    ],
    [
      'container',
      `livenessProbe: {${exec}, terminationGracePeriodSeconds: ^2147483648}`,
      /must be between 1 and 2147483647, inclusive$/,
      `livenessProbe: {${exec}, terminationGracePeriodSeconds: 2147483647}`,
    ],
    [
      'container',
      'livenessProbe: {httpGet: {port: ^0}}',
      /port: Invalid value: 0: must be between 1 and 65535, inclusive$/,
      'livenessProbe: {httpGet: {port: 1}}',
    ],
    [
      'container',
      'livenessProbe: {httpGet: {port: ^true}}',
      /port: true is a boolean; Kubernetes wants an integer or a string$/,
      'livenessProbe: {httpGet: {port: 1}}',
    ],
    [
      'container',
      'livenessProbe: {httpGet: {port: ^http}}',
      /port: Not found: "http": no port of this container has that name$/,
      'livenessProbe: {httpGet: {port: http}}\nports: [{name: http, containerPort: 1}]',
    ],
    [
      'container',
      'livenessProbe: {httpGet: ^{}}',
      /httpGet\.port: Required value$/,
      'livenessProbe: {httpGet: {port: 1}}',
    ],
    [
      'container',
      'livenessProbe: {httpGet: {port: 1, scheme: ^ftp}}',
      /Unsupported value: "ftp": supported values: "HTTP", "HTTPS"$/,
      'livenessProbe: {httpGet: {port: 1, scheme: HTTPS}}',
    ],
    [
      'container',
      'livenessProbe: {tcpSocket: {port: 1, host: ^example.com}}',
      /host: "example\.com" is a value of Kubernetes that nslab does not support: probes do not resolve names/,
      'livenessProbe: {tcpSocket: {port: 1, host: localhost}}',
    ],
    [
      'container',
      'livenessProbe: {httpGet: {port: 1, host: "^::1"}}'.replace('"^', '^"'),
      /host: "::1" is a value of Kubernetes/,
      'livenessProbe: {httpGet: {port: 1, host: 10.0.0.1}}',
    ],
    [
      'container',
      'livenessProbe: {httpGet: {port: 1, host: ^999.0.0.1}}',
      /host: "999\.0\.0\.1" is a value of Kubernetes/,
      'livenessProbe: {httpGet: {port: 1}}',
    ],
    [
      'container',
      'livenessProbe: {httpGet: {port: 1, httpHeaders: [{name: ^a b, value: x}]}}',
      /a valid HTTP header must consist of/,
      'livenessProbe: {httpGet: {port: 1, httpHeaders: [{name: a-b, value: x}]}}',
    ],
    [
      'container',
      'livenessProbe: {grpc: {port: ^http}}',
      /livenessProbe\.grpc\.port: http is a/,
      'livenessProbe: {grpc: {port: 1}}',
    ],
    [
      'container',
      `livenessProbe: {${exec}, ^grpc: {port: 1}}`,
      /grpc: Forbidden: may not specify more than 1 handler type$/,
      'livenessProbe: {grpc: {port: 1, service: name}}',
    ],
    [
      'container',
      `livenessProbe: {grpc: {port: 1, service: ^${'s'.repeat(101)}}}`,
      /is a value of Kubernetes that nslab does not support: the shim asks for a service of at most 100 bytes$/,
      `livenessProbe: {grpc: {port: 1, service: ${'s'.repeat(100)}}}`,
    ],
    [
      'container',
      `lifecycle: {preStop: {^grpc: {port: 1}}}`,
      /unknown field/,
      'livenessProbe: {grpc: {port: 1}}',
    ],
    [
      'container',
      'lifecycle: {preStop: ^{}}',
      /preStop: Required value: must specify a handler type$/,
      `lifecycle: {preStop: {${exec}}}`,
    ],
    [
      'container',
      `lifecycle: {postStart: {${exec}, ^sleep: {seconds: 1}}}`,
      /sleep: Forbidden: may not specify more than 1 handler type$/,
      'lifecycle: {postStart: {sleep: {seconds: 1}}}',
    ],
    [
      'container',
      'lifecycle: {preStop: {sleep: {seconds: ^31}}}',
      /must be non-negative and less than terminationGracePeriodSeconds \(30\)$/,
      'lifecycle: {preStop: {sleep: {seconds: 30}}}',
    ],
    [
      'container',
      'lifecycle: {preStop: {httpGet: {port: ^http}}}',
      /Not found: "http"/,
      'lifecycle: {preStop: {httpGet: {port: 80}}}',
    ],
    [
      'container',
      'lifecycle: {stopSignal: ^INT}',
      /stopSignal: Unsupported value: "INT": supported values: "SIGABRT"/,
      'lifecycle: {stopSignal: SIGRTMIN+3}',
    ],
  ]);
});

t.test('resources and security', async (t) => {
  const resources = (lines: string) => `resources: {${lines}}`;
  const security = (lines: string) => `securityContext: {${lines}}`;
  table(t, [
    [
      'container',
      resources('limits: {cpu: 1}, requests: {cpu: ^1001m}'),
      /requests\.cpu: Invalid value: "1001m": must be less than or equal to cpu limit of 1$/,
      resources('limits: {cpu: 1}, requests: {cpu: 1000m}'),
    ],
    [
      'container',
      resources('limits: {memory: 1Gi}, requests: {memory: ^1025Mi}'),
      /must be less than or equal to memory limit of 1Gi$/,
      resources('limits: {memory: 1Gi}, requests: {memory: 1024Mi}'),
    ],
    [
      'container',
      resources('limits: {memory: ^-1}'),
      /limits\.memory: Invalid value: "-1": must be greater than or equal to 0$/,
      resources('limits: {memory: 0}'),
    ],
    [
      'container',
      resources('limits: {cpu: ^175921860445m}'),
      /limits\.cpu: Invalid value: "175921860445m": must be at most 175921860444m$/,
      resources('limits: {cpu: 175921860444m}'),
    ],
    [
      'container',
      resources('limits: {^ephemeral-storage: 1Gi}'),
      /limits\.ephemeral-storage is a field of Kubernetes that nslab does not support: only cpu and memory/,
      resources('requests: {ephemeral-storage: 1Gi}'),
    ],
    [
      'container',
      resources('limits: {^nvidia.com/gpu: 1}'),
      /limits\["nvidia\.com\/gpu"\] is a field of Kubernetes/,
      resources('requests: {nvidia.com/gpu: 1}'),
    ],
    [
      'container',
      resources('requests: {^memroy: 1}'),
      /requests\.memroy: Invalid value: "memroy": must be a standard resource type or fully qualified \(did you mean "memory"\?\)$/,
      resources('requests: {memory: 1}'),
    ],
    ['container', resources('^claims: []'), /claims is a field of Kubernetes/, resources('')],
    ['spec', '^resourceClaims: []', /resourceClaims is a field of Kubernetes/, 'overhead: {cpu: 1}'],
    ['spec', '^resources: {}', /spec\.resources is a field of Kubernetes/, 'priority: 3'],
    [
      'container',
      security('privileged: true, allowPrivilegeEscalation: ^false'),
      /Invalid value: false: cannot set `allowPrivilegeEscalation` to false and `privileged` to true$/,
      security('privileged: true'),
    ],
    [
      'container',
      security('capabilities: {add: [CAP_SYS_ADMIN]}, allowPrivilegeEscalation: ^false'),
      /to false and `capabilities\.Add` CAP_SYS_ADMIN$/,
      security('capabilities: {add: [CAP_SYS_ADMIN]}, allowPrivilegeEscalation: true'),
    ],
    [
      'container',
      security('runAsUser: ^-1'),
      /must be between 0 and 2147483647, inclusive$/,
      security('runAsUser: 0'),
    ],
    [
      'spec',
      security('fsGroup: ^2147483648'),
      /must be between 0 and 2147483647, inclusive$/,
      security('fsGroup: 2147483647'),
    ],
    [
      'spec',
      security('supplementalGroups: [1, ^-1]'),
      /supplementalGroups\[1\]: Invalid value: -1/,
      security('supplementalGroups: [1, 2]'),
    ],
    [
      'container',
      security('^fsGroup: 1'),
      /securityContext\.fsGroup: unknown field/,
      security('runAsGroup: 1'),
    ],
    [
      'spec',
      security('^privileged: true'),
      /securityContext\.privileged: unknown field/,
      security('runAsNonRoot: true'),
    ],
    [
      'container',
      security('seccompProfile: ^{type: RuntimeDefault}'),
      /seccompProfile has a value of Kubernetes that nslab does not support: seccomp filters are not supported$/,
      security('seccompProfile: {type: Unconfined}'),
    ],
    [
      'container',
      security('seccompProfile: {type: ^None}'),
      /Unsupported value: "None": supported values: "Localhost"/,
      security('seccompProfile: {type: Unconfined}'),
    ],
    [
      'spec',
      security('appArmorProfile: ^{type: Localhost, localhostProfile: x}'),
      /AppArmor profiles are not supported$/,
      security('appArmorProfile: {type: Unconfined}'),
    ],
    [
      'container',
      security('procMount: ^Unmasked'),
      /procMount: "Unmasked" is a value of Kubernetes/,
      security('procMount: Default'),
    ],
    ['container', security('^seLinuxOptions: {}'), /SELinux labels are not supported$/, security('')],
    ['spec', security('^windowsOptions: {}'), /this is Linux$/, security('fsGroupChangePolicy: Always')],
  ]);
});

t.test('volumes and mounts', async (t) => {
  const volume = (source: string) => `volumes: [{name: v, ${source}}]`;
  const mounted = (mounts: string) =>
    `initContainers: [{name: a, image: a, volumeMounts: [${mounts}]}]\nvolumes: [{name: v}, {name: w}]`;
  const items = (path: string) =>
    volume(`configMap: {name: c, optional: true, items: [{key: k, path: ${path}}]}`);
  const file = (file: string) => volume(`downwardAPI: {items: [${file}]}`);
  const labels = 'fieldRef: {fieldPath: metadata.labels}';
  table(t, [
    [
      'spec',
      mounted('{name: ^x, mountPath: /a}'),
      /volumeMounts\[0\]\.name: Not found: "x"$/,
      mounted('{name: v, mountPath: /a}'),
    ],
    [
      'spec',
      mounted('^{name: v}'),
      /volumeMounts\[0\]\.mountPath: Required value$/,
      mounted('{name: v, mountPath: /a}'),
    ],
    [
      'spec',
      mounted('{name: v, mountPath: ^/a:b}'),
      /mountPath: Invalid value: "\/a:b": must not contain ':'$/,
      mounted('{name: v, mountPath: /ab}'),
    ],
    [
      'spec',
      mounted('{name: v, mountPath: /a}, {name: w, mountPath: ^/a}'),
      /volumeMounts\[1\]\.mountPath: Invalid value: "\/a": must be unique$/,
      mounted('{name: v, mountPath: /a}, {name: v, mountPath: /b}'),
    ],
    [
      'spec',
      mounted('{name: v, mountPath: /a, subPath: ^/b}'),
      /subPath: Invalid value: "\/b": must be a relative path$/,
      mounted('{name: v, mountPath: /a, subPath: b}'),
    ],
    [
      'spec',
      mounted('{name: v, mountPath: /a, subPath: ^b/../c}'),
      /must not contain '\.\.'$/,
      mounted('{name: v, mountPath: /a, subPath: b/..c}'),
    ],
    [
      'spec',
      mounted('{name: v, mountPath: /a, subPathExpr: ^../$(X)}'),
      /subPathExpr: .* must not contain '\.\.'$/,
      mounted('{name: v, mountPath: /a, subPathExpr: $(X)}'),
    ],
    [
      'spec',
      mounted('{name: v, mountPath: /a, subPath: b, subPathExpr: ^c}'),
      /subPathExpr and subPath are mutually exclusive$/,
      mounted('{name: v, mountPath: /a, subPath: b, subPathExpr: ""}'),
    ],
    [
      'spec',
      mounted('{name: v, mountPath: /a, mountPropagation: ^HostToContainer}'),
      /the mounts of a workload are private$/,
      mounted('{name: v, mountPath: /a, mountPropagation: None}'),
    ],
    [
      'spec',
      mounted('{name: v, mountPath: /a, recursiveReadOnly: ^Enabled}'),
      /"Enabled" is a value of Kubernetes/,
      mounted('{name: v, mountPath: /a, recursiveReadOnly: IfPossible}'),
    ],
    [
      'spec',
      'volumes: [{name: a}, {name: ^a}]',
      /volumes\[1\]\.name: Duplicate value: "a"$/,
      'volumes: [{name: a}, {name: b}]',
    ],
    ['spec', 'volumes: [{name: ^a.b}]', LABEL, 'volumes: [{name: a-b}]'],
    [
      'spec',
      'volumes: [^{emptyDir: {}}]',
      /volumes\[0\]\.name: Required value$/,
      'volumes: [{name: a, emptyDir: null}]',
    ],
    [
      'spec',
      volume('emptyDir: {}, ^hostPath: {path: /a}'),
      /hostPath: Forbidden: may not specify more than 1 volume type$/,
      volume('hostPath: {path: /a}'),
    ],
    [
      'spec',
      volume('emptyDir: {medium: ^HugePages-2Mi}'),
      /"HugePages-2Mi" is a value of Kubernetes that nslab does not support: huge pages/,
      volume('emptyDir: {medium: ""}'),
    ],
    [
      'spec',
      volume('emptyDir: {medium: ^memory}'),
      /medium: Invalid value: "memory": must be Memory or HugePages$/,
      volume('emptyDir: {medium: Memory}'),
    ],
    [
      'spec',
      volume('emptyDir: {sizeLimit: ^-1}'),
      /must be greater than or equal to 0$/,
      volume('emptyDir: {sizeLimit: 1}'),
    ],
    [
      'spec',
      volume('hostPath: ^{type: File}'),
      /hostPath\.path: Required value$/,
      volume('hostPath: {path: /a, type: File}'),
    ],
    [
      'spec',
      volume('hostPath: {path: ^/a/../b}'),
      /must not contain '\.\.'$/,
      volume('hostPath: {path: /a/b}'),
    ],
    [
      'spec',
      volume('hostPath: {path: /a, type: ^Dir}'),
      /type: Unsupported value: "Dir": supported values: "", "DirectoryOrCreate"/,
      volume('hostPath: {path: /a, type: ""}'),
    ],
    [
      'spec',
      volume('configMap: {name: ^c}'),
      /configMap\.name: Not found: "c": none of the files has it/,
      volume('configMap: {name: c, optional: true}'),
    ],
    [
      'spec',
      volume('secret: {secretName: ^c}'),
      /secret\.secretName: Not found: "c"/,
      volume('secret: {secretName: c, optional: true}'),
    ],
    [
      'spec',
      volume('secret: {^name: c}').replace('{^name: c}', '{secretName: c, optional: true, ^name: c}'),
      /secret\.name: unknown field/,
      volume('secret: {secretName: c, optional: true}'),
    ],
    [
      'spec',
      volume('configMap: {name: c, optional: true, defaultMode: ^512}'),
      /must be a number between 0 and 0777 \(octal\), both inclusive$/,
      volume('configMap: {name: c, optional: true, defaultMode: 0777}'),
    ],
    ['spec', items('^/a'), /must be a relative path$/, items('a')],
    ['spec', items('^a/..'), /must not contain '\.\.'$/, items('a/b')],
    ['spec', items('^..a'), /must not start with '\.\.'$/, items('.a')],
    [
      'spec',
      file(`{path: a, ${labels}, mode: ^01000}`),
      /0777 \(octal\)/,
      file(`{path: a, ${labels}, mode: 0400}`),
    ],
    [
      'spec',
      file('^{path: a}'),
      /one of fieldRef and resourceFieldRef is required$/,
      file(`{path: a, ${labels}}`),
    ],
    [
      'spec',
      file(`{path: a, ${labels}, ^resourceFieldRef: {resource: limits.cpu, containerName: web}}`),
      /can not be specified simultaneously$/,
      file('{path: a, resourceFieldRef: {resource: limits.cpu, containerName: web}}'),
    ],
    [
      'spec',
      file('{path: a, resourceFieldRef: ^{resource: limits.cpu}}'),
      /containerName: Required value$/,
      file('{path: a, resourceFieldRef: {resource: limits.cpu, containerName: web}}'),
    ],
    [
      'spec',
      file('{path: a, fieldRef: {fieldPath: ^status.podIP}}'),
      /Unsupported value: "status\.podIP": supported values: "metadata\.name"/,
      file('{path: a, fieldRef: {fieldPath: metadata.annotations}}'),
    ],
    [
      'spec',
      volume('projected: {sources: [^{}]}'),
      /sources\[0\]: Required value: must specify a volume type$/,
      volume('projected: {sources: []}'),
    ],
    [
      'spec',
      volume('projected: {sources: [{^serviceAccountToken: {path: a}}]}'),
      /there is no API server that accepts a token$/,
      volume('projected: {}'),
    ],
    [
      'spec',
      volume(`projected: {sources: [{downwardAPI: {items: [{path: a, ${labels}}, {path: ^a, ${labels}}]}}]}`),
      /conflicting duplicate paths$/,
      volume(`projected: {sources: [{downwardAPI: {items: [{path: a, ${labels}}, {path: b, ${labels}}]}}]}`),
    ],
    [
      'spec',
      volume('projected: {sources: [{secret: {name: ^s}}]}'),
      /sources\[0\]\.secret\.name: Not found: "s"/,
      volume('projected: {sources: [{secret: {name: s, optional: true}}]}'),
    ],
    [
      'spec',
      volume('^nfs: {server: s, path: /p}'),
      /NFS is not mounted: mount it on this machine and use hostPath$/,
      volume('persistentVolumeClaim: {claimName: c}'),
    ],
    ['spec', volume('^nfs: {server: a, path: /}'), /nfs is a field of Kubernetes/, volume('emptyDir: {}')],
    ['spec', volume('^image: {reference: a}'), /there are no images/, volume('emptyDir: {}')],
  ]);
});

t.test('the pod as a whole', async (t) => {
  const searches = (count: number) =>
    `dnsConfig: {searches: [${Array.from({ length: count }, (_, at) => `s${at}`).join(', ')}]}`;
  const sysctls = (list: string) => `securityContext: {sysctls: [${list}]}`;
  table(t, [
    [
      'spec',
      'hostPID: true\nshareProcessNamespace: ^true',
      /Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled$/,
      'hostPID: true\nshareProcessNamespace: false',
    ],
    [
      'spec',
      'terminationGracePeriodSeconds: ^-1',
      /must be between 0 and 2147483647, inclusive$/,
      'terminationGracePeriodSeconds: 0',
    ],
    ...['2147483648', '9007199254740993', '1.5', '1e300'].map(
      (seconds): Case => [
        'spec',
        `terminationGracePeriodSeconds: ^${seconds}`,
        /terminationGracePeriodSeconds: Invalid value|wants an integer/,
        'terminationGracePeriodSeconds: 2147483647',
      ],
    ),
    ...[
      'runAsUser: ^2147483648',
      'runAsGroup: ^4294967296',
      'fsGroup: ^-1',
      'supplementalGroups: [^4294967297]',
    ].map(
      (field): Case => [
        'spec',
        `securityContext: {${field}}`,
        /must be between 0 and 2147483647, inclusive$/,
        `securityContext: {${field.replace(/\^-?\d+/, '2147483647')}}`,
      ],
    ),
    ['spec', 'activeDeadlineSeconds: ^0', /must be greater than 0$/, 'activeDeadlineSeconds: 1'],
    [
      'spec',
      'activeDeadlineSeconds: ^2147483648',
      /activeDeadlineSeconds: Invalid value/,
      'activeDeadlineSeconds: 2147483647',
    ],
    [
      'spec',
      'restartPolicy: ^always',
      /Unsupported value: "always": supported values: "Always", "OnFailure", "Never"$/,
      'restartPolicy: Always',
    ],
    ['spec', 'hostname: ^Web', LABEL, 'hostname: web'],
    ['spec', 'subdomain: ^a.b', LABEL, 'subdomain: ""'],
    [
      'spec',
      'hostAliases: [{ip: ^300.0.0.1}]',
      /ip: Invalid value: "300\.0\.0\.1": must be a valid IP address/,
      'hostAliases: [{ip: "::1", hostnames: []}]',
    ],
    [
      'spec',
      'hostAliases: [^{hostnames: [a]}]',
      /ip: Required value$/,
      'hostAliases: [{ip: 10.0.0.1, hostnames: [a.b]}]',
    ],
    [
      'spec',
      'hostAliases: [{ip: 10.0.0.1, hostnames: [a, ^a_b]}]',
      SUBDOMAIN,
      'hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]',
    ],
    [
      'spec',
      '^dnsPolicy: None',
      /dnsConfig\.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None$/,
      'dnsPolicy: Default',
    ],
    [
      'spec',
      'dnsPolicy: None\ndnsConfig: {nameservers: ^[]}',
      /at least one DNS nameserver/,
      'dnsPolicy: None\ndnsConfig: {nameservers: [10.0.0.1]}',
    ],
    [
      'spec',
      'dnsConfig: {nameservers: ^[10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]}',
      /Too many: 4: must have at most 3 items$/,
      'dnsConfig: {nameservers: [10.0.0.1, 10.0.0.2, "::1"]}',
    ],
    [
      'spec',
      'dnsConfig: {nameservers: [^dns]}',
      /nameservers\[0\]: Invalid value: "dns": must be a valid IP address/,
      'dnsConfig: {}',
    ],
    ['spec', searches(33).replace('[', '^['), /Too many: 33: must have at most 32 items$/, searches(32)],
    [
      'spec',
      `dnsConfig: {searches: ^[${Array.from({ length: 9 }, () => 'a'.repeat(240)).join(', ')}]}`,
      /must have at most 2048 characters$/,
      searches(1),
    ],
    ['spec', 'dnsConfig: {searches: [^a_b]}', SUBDOMAIN, 'dnsConfig: {searches: [., a.b.]}'],
    [
      'spec',
      'dnsConfig: {options: [^{value: "1"}]}',
      /options\[0\]\.name: Required value$/,
      'dnsConfig: {options: [{name: ndots}]}',
    ],
    [
      'spec',
      sysctls('{name: ^NET, value: "1"}'),
      /sysctls\[0\]\.name: Invalid value: "NET"/,
      sysctls('{name: net/ipv4/ip_forward, value: "1"}'),
    ],
    [
      'spec',
      sysctls('{name: net.a, value: "1"}, {name: ^net/a, value: "1"}'),
      /Duplicate value: "net\/a"$/,
      sysctls('{name: net.a, value: "1"}, {name: net.b, value: "1"}'),
    ],
    [
      'spec',
      sysctls('{name: ^vm.swappiness, value: "1"}'),
      /"vm\.swappiness" is a value of Kubernetes that nslab does not support: only sysctls of the network namespace/,
      sysctls('{name: net.a, value: ""}'),
    ],
    [
      'spec',
      `hostNetwork: true\n${sysctls('{name: ^net.a, value: "1"}')}`,
      /may not be specified when 'hostNetwork' is true$/,
      `hostNetwork: false\n${sysctls('{name: net.a, value: "1"}')}`,
    ],
    [
      'spec',
      'os: ^{name: windows}',
      /os has a value of Kubernetes that nslab does not support: this is Linux$/,
      'os: {name: linux}',
    ],
    ['spec', 'hostUsers: ^false', /no user namespaces: the host's is used$/, 'hostUsers: true'],
    ['spec', '^runtimeClassName: kata', /runtimeClassName is a field of Kubernetes/, 'schedulerName: mine'],
    [
      'spec',
      '^schedulingGates: [{name: a}]',
      /no controller that removes a gate/,
      'readinessGates: [{conditionType: a}]',
    ],
    ['spec', '^hostnameOverride: a', /hostnameOverride is a field of Kubernetes/, 'hostname: a'],
    [
      'spec',
      'tolerations: [{operator: ^Is}]',
      /Unsupported value: "Is"/,
      'tolerations: [{operator: Exists, effect: NoSchedule}]',
    ],
    [
      'spec',
      'topologySpreadConstraints: [^{maxSkew: 1, whenUnsatisfiable: DoNotSchedule}]',
      /topologyKey: Required value$/,
      'topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]',
    ],
    [
      'spec',
      'affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: ^101, preference: {}}]}}',
      /must be in the range 1-100$/,
      'affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, preference: {}}]}}',
    ],
  ]);
});

t.test('Deployments and Jobs', async (t) => {
  const selector = 'selector: {matchLabels: {app: web}}';
  const deployment = (lines: string) => `${lines}\n${TEMPLATE}`;
  const spec = (fields: string) => TEMPLATE.replace('spec: {', `spec: {${fields}, `);
  const right = deployment(selector);
  const job = (fields: string) =>
    `template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}${fields && `\n${fields}`}`;
  table(t, [
    [
      'deployment',
      deployment('selector: {matchLabels: {app: wob}}').replace('{app: web}', '^{app: web}'),
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      right,
    ],
    [
      'deployment',
      deployment('selector: ^{}'),
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
      right,
    ],
    [
      'deployment',
      deployment('selector: {matchExpressions: [{key: app, operator: Exists, ^values: [web]}]}'),
      /values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'$/,
      deployment('selector: {matchExpressions: [{key: app, operator: Exists}]}'),
    ],
    [
      'deployment',
      deployment('selector: {matchExpressions: [^{key: app, operator: NotIn}]}'),
      /values: Required value: must be specified when `operator` is 'In' or 'NotIn'$/,
      deployment('selector: {matchExpressions: [{key: app, operator: NotIn, values: [a]}]}'),
    ],
    [
      'deployment',
      deployment('selector: {matchExpressions: [{key: app, operator: ^Is}]}'),
      /Unsupported value: "Is"/,
      deployment('selector: {matchExpressions: [{key: app, operator: In, values: [web, b]}]}'),
    ],
    [
      'deployment',
      deployment(`${selector}\nreplicas: ^-1`),
      /replicas: Invalid value: -1: must be greater than or equal to 0$/,
      deployment(`${selector}\nreplicas: 0`),
    ],
    [
      'deployment',
      deployment(`${selector}\nreplicas: ^100000`),
      /at most 1000$/,
      deployment(`${selector}\nreplicas: 10`),
    ],
    [
      'deployment',
      deployment(`${selector}\npaused: ^true`),
      /a paused Deployment starts nothing$/,
      deployment(`${selector}\npaused: false`),
    ],
    [
      'deployment',
      deployment(`${selector}\nstrategy: {type: ^Rolling}`),
      /Unsupported value: "Rolling"/,
      deployment(`${selector}\nstrategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}}`),
    ],
    [
      'deployment',
      `${selector}\n${spec('restartPolicy: ^Never')}`,
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      `${selector}\n${spec('restartPolicy: Always')}`,
    ],
    [
      'deployment',
      `${selector}\n${spec('^activeDeadlineSeconds: 3')}`,
      /activeDeadlineSeconds in ReplicaSet is not Supported$/,
      `${selector}\n${spec('hostNetwork: true')}`,
    ],
    ['deployment', `^${selector}`, 'spec.template: Required value', right],
    [
      'job',
      job('').replace('{restartPolicy: Never, ', '^{'),
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      job(''),
    ],
    [
      'job',
      job('').replace('Never', '^Always'),
      'spec.template.spec.restartPolicy: Unsupported value: "Always": supported values: "OnFailure", "Never"',
      job('').replace('Never', 'OnFailure'),
    ],
    [
      'job',
      '^completionMode: Indexed\ntemplate: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}',
      /spec\.completions: Required value: when completion mode is Indexed$/,
      job('completionMode: Indexed\ncompletions: 1'),
    ],
    [
      'job',
      job('backoffLimitPerIndex: ^4'),
      /requires indexed completion mode$/,
      job('completionMode: Indexed\ncompletions: 1\nbackoffLimitPerIndex: 4'),
    ],
    ...(
      [
        [
          '{action: ^FailIndex, onExitCodes: {operator: In, values: [1]}}',
          'requires the backoffLimitPerIndex to be set',
        ],
        ['^{action: FailJob}', 'specifying one of OnExitCodes and OnPodConditions is required'],
        ['{action: FailJob, onExitCodes: {operator: In, values: [^0]}}', 'must not be 0 for the In operator'],
        ['{action: FailJob, onExitCodes: {operator: In, values: ^[2, 1]}}', 'must be ordered'],
        ['{action: FailJob, onExitCodes: {operator: In, values: [2, ^2]}}', 'Duplicate value: 2'],
        ['{action: FailJob, onExitCodes: {operator: In, values: ^[]}}', 'at least one value is required'],
        [
          '{action: FailJob, onExitCodes: {containerName: ^x, operator: In, values: [1]}}',
          'must be one of the container or initContainer names in the pod template',
        ],
      ] as const
    ).map(([rule, why]): ['job', string, RegExp, string] => [
      'job',
      job(`podFailurePolicy: {rules: [${rule}]}`),
      new RegExp(`${why}$`),
      job('podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: NotIn, values: [0, 2]}}]}'),
    ]),
    [
      'job',
      job(
        'podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: "True"}]}]}',
      ).replace('Never', '^OnFailure'),
      /only "Never" is supported when podFailurePolicy is specified$/,
      job(
        'podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: "True"}]}]}',
      ),
    ],
    ['job', job('^maxFailedIndexes: 4'), /maxFailedIndexes is a field of Kubernetes/, job('suspend: true')],
  ]);
  const many = around
    .deployment(deployment(`${selector}\nreplicas: 11`))
    .replace('name: web\nspec', `name: ^${'a'.repeat(198)}\nspec`);
  expectFault(t, many, /metadata\.name: "a{198}-10" is not a name for a pod/);
});

t.test('ConfigMaps and Secrets', async (t) => {
  const map = (lines: string) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, ${lines}}`;
  const secret = (lines: string) => `{apiVersion: v1, kind: Secret, metadata: {name: c}, ${lines}}`;
  const used = (reference: string) =>
    `${map('data: {k: v}')}\n---\n${around.spec(`volumes: [{name: v, configMap: {name: c, items: [{key: ${reference}, path: p}]}}]`)}`;
  table(t, [
    [
      'whole',
      map('data: {a: ^1}'),
      'data.a: 1 is a number; Kubernetes wants a string: write "1"',
      map('data: {a: "1"}'),
    ],
    [
      'whole',
      map('data: {^a b: x}'),
      /data\["a b"\]: Invalid value: "a b": a valid config key must consist of/,
      map('data: {a.b: x}'),
    ],
    ['whole', map('data: {^..a: x}'), /must not start with '\.\.'$/, map('data: {.a: x}')],
    [
      'whole',
      map('data: {a: x}, binaryData: {^a: AA==}'),
      /duplicate of key present in data$/,
      map('data: {a: x}, binaryData: {b: AA==}'),
    ],
    [
      'whole',
      map('binaryData: {a: ^hello}'),
      /binaryData\.a: Invalid value: "hello": must be base64/,
      map('binaryData: {a: aGVsbG8=}'),
    ],
    ['whole', map('^stringData: {}'), 'stringData: unknown field', map('immutable: true')],
    [
      'whole',
      `^${map(`data: {a: ${'x'.repeat(1024 * 1024 + 1)}}`)}`,
      /Too long: must have at most 1048576 bytes$/,
      map('data: {a: x}'),
    ],
    [
      'whole',
      `${map('data: {}')}\n---\n${map('data: {}').replace('name: c', 'name: ^c')}`,
      /Duplicate value: "c"$/,
      `${map('data: {}')}\n---\n${secret('data: {}')}`,
    ],
    [
      'whole',
      map('data: {}').replace('name: c', 'name: ^C'),
      SUBDOMAIN,
      map('data: {}').replace('name: c', 'name: c.d'),
    ],
    ['whole', secret('data: {a: ^pass word}'), /must be base64/, secret('stringData: {a: pass word}')],
    [
      'whole',
      secret('type: kubernetes.io/tls, data: ^{tls.crt: AA==}'),
      /data\["tls\.key"\]: Required value$/,
      secret('type: kubernetes.io/tls, data: {tls.crt: AA==}, stringData: {tls.key: x}'),
    ],
    [
      'whole',
      secret('type: kubernetes.io/basic-auth, data: ^{}'),
      /data\.username: Required value$/,
      secret('type: kubernetes.io/basic-auth, stringData: {password: x}'),
    ],
    ['whole', used('^j'), /items\[0\]\.key: Not found: "j": c has no such key$/, used('k')],
  ]);
});

t.test('NetworkPolicies and endpoints by hand', async (t) => {
  const policy = (spec: string) =>
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}, ${spec}}\n`;
  const from = (peer: string) => policy(`ingress: [{from: [${peer}]}]`);
  const ports = (port: string) => policy(`egress: [{ports: [${port}]}]`);
  const given = (subset: string) =>
    `apiVersion: v1\nkind: Endpoints\nmetadata: {name: e}\nsubsets: [${subset}]\n`;
  table(t, [
    ['whole', from('^{}'), /from\[0\]: Required value: must specify a peer$/, from('{podSelector: {}}')],
    [
      'whole',
      from('^{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}'),
      /Forbidden: may not specify both ipBlock and another peer$/,
      from('{podSelector: {}, namespaceSelector: {}}'),
    ],
    [
      'whole',
      from('{ipBlock: {cidr: ^10.0.0.0}}'),
      /must be a valid CIDR value/,
      from('{ipBlock: {cidr: 10.0.0.0/8}}'),
    ],
    [
      'whole',
      from('{ipBlock: {cidr: 10.0.0.0/8, except: [^10.0.0.0/8]}}'),
      /must be a strict subset of `10\.0\.0\.0\/8`$/,
      from('{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}'),
    ],
    [
      'whole',
      ports('{port: 80, endPort: ^79}'),
      /greater than or equal to `port`$/,
      ports('{port: 80, endPort: 80}'),
    ],
    ['whole', ports('{port: web, endPort: ^80}'), /when `port` is non-numeric$/, ports('{port: web}')],
    ['whole', ports('{endPort: ^80}'), /when `port` is not specified$/, ports('{protocol: UDP}')],
    ['whole', ports('{protocol: ^SCTP}'), new RegExp(`${NOT_OURS}: tcp or udp$`), ports('{protocol: TCP}')],
    [
      'whole',
      given('^{ports: [{port: 80}]}'),
      /must specify `addresses` or `notReadyAddresses`$/,
      given('{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}'),
    ],
    [
      'whole',
      given('{addresses: [{ip: ^127.0.0.1}], ports: [{port: 80}]}'),
      /may not be unspecified, loopback, link-local or multicast$/,
      given('{notReadyAddresses: [{ip: 192.0.2.1}]}'),
    ],
  ]);
});
