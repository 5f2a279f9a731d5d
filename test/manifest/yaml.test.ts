import t from 'tap';
import { cpuTime, processStart } from '../process-starts.ts';
import { around, expectFault, faultsOf, read } from './expect-fault.ts';

/** The type of a plain scalar. An annotation must be a string, so the fault of another type names it. */
function typeOf(scalar: string): string {
  const [fault = ''] = faultsOf(around.metadata(`name: a\nannotations: {k: ${scalar}}`));
  return /is a (boolean|number)|is (nothing)/.exec(fault)?.slice(1).find(Boolean) ?? (fault || 'string');
}

t.test('scalars are resolved as kubectl does, not by YAML 1.1 or 1.2', async (t) => {
  for (const it of ['y', 'Y', 'yes', 'NO', 'n', 'on', 'Off', 'true', 'FALSE'])
    t.equal(typeOf(it), 'boolean', it);
  for (const it of ['yES', 'tRUE', '"yes"', "'on'", 'yess', '!!str yes']) t.equal(typeOf(it), 'string', it);
  for (const it of ['~', 'null', 'NULL', 'Null']) t.equal(typeOf(it), 'nothing', it);
  for (const it of ['nULL', '"null"', 'none']) t.equal(typeOf(it), 'string', it);
  for (const it of [
    '1',
    '-1',
    '+1',
    '0x1f',
    '0b101',
    '0o17',
    '017',
    '08',
    '1_000',
    '1.',
    '.5',
    '1e3',
    '1.5E-3',
    '!!int 7',
  ])
    t.equal(typeOf(it), 'number', it);
  for (const it of [
    '12:30',
    '190:20:30',
    '2001-01-01',
    '2001-12-14t21:59:43.10-05:00',
    '1.2.3',
    '_1',
    '0x',
    '0b2',
    '1e',
    '.',
    '+',
    '=',
    '<<x',
    '1 2',
  ])
    t.equal(typeOf(it), 'string', it);
});

t.test('numbers have the same value as in kubectl', async (t) => {
  const seconds = (text: string) =>
    read(around.spec(`terminationGracePeriodSeconds: ${text}`)).pods[0]?.spec.terminationGracePeriodSeconds;
  const pairs: [string, number][] = [
    ['010', 8],
    ['0o10', 8],
    ['0x10', 16],
    ['0b10', 2],
    ['08', 8],
    ['1_0', 10],
    ['10.0', 10],
    ['1e1', 10],
    ['+9', 9],
    ['-0', 0],
  ];
  for (const [text, value] of pairs) t.equal(seconds(text), value, text);
  const memory = (text: string) =>
    read(around.container(`resources: {limits: {memory: ${text}}}`)).pods[0]?.spec.containers[0]?.resources
      ?.limits?.memory;
  t.equal(memory('9007199254740993'), '9007199254740993', 'exact beyond what a float holds');
  t.equal(memory('0.1'), '0.1');
  t.equal(memory('1e3'), '1000');
});

t.test('keys are always strings', async (t) => {
  const { pods } = read(
    around
      .spec('nodeSelector: {}')
      .replace('name: web', 'name: web\n  annotations: {1: a, yes: b, 0x10: c, 1.5: d}'),
  );
  t.strictSame({ ...pods[0]?.annotations }, { 1: 'a', true: 'b', 16: 'c', 1.5: 'd' });
  const { configMaps } = read('{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {.NaN: a}}');
  t.ok(configMaps.get('c')?.has('.nan'));
  expectFault(t, around.metadata('name: a\nannotations: {? ^[a] : b}'), 'a key must be a string');
  expectFault(t, around.metadata('name: a\nannotations: {^~: b}'), 'a key must be a string');
});

t.test('a duplicate key is an error', async (t) => {
  expectFault(t, around.container('tty: false\n^tty: false'), 'duplicate key "tty"');
  expectFault(t, around.metadata('name: a\nannotations: {yes: a, ^"true": b}'), 'duplicate key "true"');
  t.strictSame(faultsOf(around.container('tty: false\nstdin: false')), [], 'control');
});

t.test('anchors, with a limit on what aliases repeat', async (t) => {
  const anchored = around
    .container('env: &e [{name: A, value: b}]')
    .replace('nginx\n', 'nginx\n')
    .concat('  - name: two\n    image: nginx\n    env: *e\n');
  t.strictSame(read(anchored).pods[0]?.spec.containers[1]?.env, [{ name: 'A', value: 'b' }]);
  const merged = around
    .spec('')
    .replace('- name: web', '- &w\n    name: web')
    .concat('  - <<: *w\n    name: two\n    tty: false\n');
  t.strictSame(read(merged).pods[0]?.spec.containers[1], { name: 'two', image: 'nginx', tty: false });
  t.equal(
    read(merged).pods[0]?.locate('containers[1].image'),
    'pod.yaml:10:12',
    'the place is where it was written',
  );
  expectFault(t, around.container('env: ^*nowhere'), /nowhere/);
  expectFault(t, around.container('^<<: 3'), '<< takes a map or a list of maps');
  const bomb = Array.from(
    { length: 9 },
    (_, at) =>
      `a${at}: &a${at} [${Array(9)
        .fill(at ? `*a${at - 1}` : 'x')
        .join(', ')}]`,
  ).join('\n');
  t.match(faultsOf(bomb), [/aliases repeat too much/]);
  t.match(faultsOf(`x: &x [${'a, '.repeat(200)}]\ny: [${'*x, '.repeat(90)}]\n`), [/aliases repeat too much/]);
  t.match(faultsOf('a: &a [*a]'), [/./], 'one that holds itself ends');
  const many = (count: number) =>
    `${around.metadata(`name: &n web\nannotations: {${Array.from({ length: count }, (_, at) => `k${at}: *n`).join(', ')}}`)}`;
  t.strictSame(faultsOf(many(100)), []);
  t.match(faultsOf(many(101)), [/aliases repeat too much/], 'control');
});

t.test('unknown tags, and numbers that JSON cannot express', async (t) => {
  expectFault(t, around.container('workingDir: ^!mine /a'), /Unresolved tag: !mine/);
  expectFault(t, around.container('^env: !!set {a}').replace('^env: ', 'env: ^'), /Unresolved tag|set/);
  expectFault(t, around.container('workingDir: ^!!binary aGVsbG8='), /Unresolved tag/);
  expectFault(t, around.spec('terminationGracePeriodSeconds: ^.inf'), '.inf is not a JSON number');
  expectFault(t, around.spec('terminationGracePeriodSeconds: ^.NaN'), '.NaN is not a JSON number');
  t.strictSame(faultsOf(around.container('workingDir: !!str /a')), [], 'control');
});

t.test('syntax errors', async (t) => {
  t.match(faultsOf('a: [1'), [/^pod\.yaml:\d+:\d+: /]);
  t.match(faultsOf('a: "b'), [/^pod\.yaml:1:\d+: /]);
  t.match(faultsOf(around.container('\ttty: false'.replace(/^/, ''))), [/^pod\.yaml:\d+:\d+: /]);
  t.match(faultsOf('a: b: c'), [/^pod\.yaml:1:\d+: /]);
  const both = faultsOf(`a: [1\n---\n${around.container('^comand: [x]'.replace('^', ''))}`);
  t.ok(both.length >= 1, 'the rest of the file is read all the same, or not at all');
});

t.test('a byte order mark, CRLF, JSON, NUL', async (t) => {
  const pod = around.container('tty: false');
  t.equal(read(`\uFEFF${pod}`).pods[0]?.name, 'web');
  t.equal(read(pod.replaceAll('\n', '\r\n')).pods[0]?.name, 'web');
  expectFault(t, around.container('^comand: [x]').replaceAll('\n', '\r\n'), /unknown field/);
  const json =
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"nginx"}]}}';
  t.equal(read(json).pods[0]?.name, 'web');
  t.equal(read(JSON.stringify(JSON.parse(json), null, '\t')).pods[0]?.name, 'web', 'indented by tabs');
  const kyaml = `---
{
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web",
  },
  # As kubectl writes it of late.
  spec: {
    containers: [{
      name: "web", # a comment
      image: "nginx",
      command: [
        "sh",
      ],
    }],
    tolerations: [{ key: "level", operator: "Gt", value: "900" }],
  },
}
`;
  t.strictSame(read(kyaml).pods[0]?.spec.containers, [{ name: 'web', image: 'nginx', command: ['sh'] }]);
  t.match(faultsOf('a: \0'), [/./]);
});

t.test('deep nesting and long texts are refused in bounded time', async (t) => {
  // What takes the square of a length takes a hundred times as long.
  const MOST = 40 * (await processStart());
  const deep: [string, string][] = [
    ['brackets', '['.repeat(20_000)],
    ['closed brackets', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['braces', '{a: '.repeat(20_000)],
    ['dashes', '- '.repeat(20_000)],
    ['questions', '? '.repeat(20_000)],
    ['lines', Array.from({ length: 249 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['a million brackets', '['.repeat(1_000_000)],
  ];
  for (const [name, text] of deep) {
    const [faults, took] = timed(() => faultsOf(text));
    t.match(faults, [/lists and maps are nested more than 100 levels deep/], name);
    t.ok(took < MOST, `${name}: ${took} ms of CPU`);
  }
  t.match(faultsOf(`a: ${'['.repeat(101)}${']'.repeat(101)}`), [/more than 100 levels deep/]);
  t.notMatch(faultsOf(`a: ${'['.repeat(50)}${']'.repeat(50)}`), [/deep/], 'control');
  const long = around.metadata(
    `name: web\nannotations:\n${Array.from({ length: 8_000 }, (_, at) => `  key-${at}: "${'v'.repeat(12)}"`).join('\n')}`,
  );
  t.strictSame(faultsOf(long), []);
  // A long ConfigMap: real manifests are long only there. (Parsing 2 MB of containers takes 2 s.)
  const configMap = (name: string) =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata:\n  text: |\n${'    a line of a file, as long as lines are: 52 bytes\n'.repeat(20_000)}`;
  const big = `${configMap('one')}${configMap('two')}`;
  t.ok(big.length > 2_000_000, `${big.length} bytes`);
  const [reading, took] = timed(() => read(big));
  t.equal(reading.configMaps.size, 2);
  t.ok(took < MOST, `${took} ms of CPU`);
  const containers = Array.from(
    { length: 249 },
    (_, at) => `  - {name: c${at}, image: a, env: [{name: A, value: b}]}\n`,
  );
  const pods = around.container('tty: false') + containers.join('');
  const [many, spent] = timed(() => read(pods));
  t.equal(many.pods[0]?.spec.containers.length, 250);
  t.ok(spent < MOST, `${spent} ms of CPU for ${pods.length} bytes of containers`);
  const wrong = `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: a, image: a}]\n${Array.from({ length: 20_000 }, (_, at) => `  k${at}: 1\n`).join('')}`;
  const [faults, found] = timed(() => faultsOf(wrong));
  t.equal(faults.length, 20_000);
  t.ok(found < 2 * MOST, `${found} ms of CPU for 20 000 faults`);
  const base64 = 'QUFB'.repeat(250_000);
  t.strictSame(faultsOf(`{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: ${base64}}}`), []);
  t.match(faultsOf('- \n'.repeat(500_000)), [/more than 1000000 YAML tokens: too large for a manifest$/]);
  t.match(faultsOf(`# ${'x'.repeat(4 * 1024 * 1024)}`), [
    /^pod\.yaml:1:1: more than 4194304 bytes: too large for a manifest$/,
  ]);
});

function timed<T>(run: () => T): [T, number] {
  const start = cpuTime();
  return [run(), Math.round(cpuTime() - start)];
}
