import t from 'tap';
import * as schemas from '../../src/api/schemas.ts';
import { check } from '../../src/api/validate.ts';
import { Network, Pod, Transcript } from '../../src/index.ts';
import { OperationError } from '../../src/sys/errors.ts';

// What a program hands in is refused before anything is touched: without root, and without a state directory.

const stateDir = '/run/nslab-of-no-test';
const create = (options: object) => () => Pod.create({ name: 'web', stateDir, ...options } as never);

const FAULTS: readonly (readonly [what: () => Promise<unknown>, message: string | RegExp])[] = [
  [create({ netwrok: 'none' }), 'there is no option "netwrok" (did you mean "network"?)'],
  [create({ colour: 'red' }), /there is no option "colour": it is none of name, network, /],
  [create({ driver: 'foo' }), 'driver "foo" is none of "netlink", "ip"'],
  [() => Pod.create({} as never), 'name is missing'],
  [() => Pod.create(undefined as never), 'its argument is missing'],
  [() => Pod.create('web' as never), 'its argument is the string "web", and an object is wanted'],
  [create({ name: 7 }), 'name is the number 7, and a string is wanted: write "7"'],
  [create({ ports: ['80'] }), /^ports\[0\]: "80" is not a published port \(\[ADDRESS:\]HOST:POD/],
  [create({ ports: '80:80' }), 'ports is the string "80:80", and a list is wanted'],
  [
    create({ ports: [80] }),
    /^ports\[0\] is the number 80, and a text such as "8080:80" or an object is wanted/,
  ],
  [create({ ports: [{ hostPort: 1 }] }), 'ports[0].podPort is missing'],
  [
    create({ ports: [{ hostPort: 1, podPort: 1, protcol: 'udp' }] }),
    /ports\[0\].*"protcol" \(did you mean "protocol"\?\)/,
  ],
  [
    create({ ports: [{ hostPort: 1, podPort: 1, protocol: 'sctp' }] }),
    /^ports\[0\]\.protocol "sctp" is none of "tcp", "udp"/,
  ],
  [create({ network: 7 }), /^network is the number 7, and the name of a network or a Network is wanted/],
  [
    create({ network: [{ nam: 'a' }] }),
    /^network\[0\].name is missing|network\[0\]: there is no option "nam"/,
  ],
  [create({ share: ['nte'] }), /^share\[0\] "nte" is none of/],
  [create({ transcript: () => {} }), 'transcript is a function, and a Transcript is wanted'],
  [create({ warn: 'no' }), /^warn is the string "no", and a function is wanted/],
  [() => Pod.createMany({} as never), 'its argument is an object, and a list is wanted'],
  [() => Pod.createMany([{ name: 'a' }, { nmae: 'b' } as never]), /^\[1\]/],
  [() => Pod.get(7 as never, { stateDir }), /number 7/],
  [() => Pod.list({ statedir: '/x' } as never), /"statedir" \(did you mean "stateDir"\?\)/],
  [
    () => Network.create({ name: 'n', type: 'vlan', stateDir } as never),
    'type "vlan" is none of "bridge", "ptp"',
  ],
  [
    () => Network.create({ name: 'n', mtu: '1500', stateDir } as never),
    'mtu is the string "1500", and a number is wanted',
  ],
  [() => Pod.fromManifest(7 as never, { stateDir }), /a manifest is a text, an object or a URL/],
  [() => Pod.fromManifest('', { netwok: 'a' } as never), /"netwok" \(did you mean "network"\?\)/],
  [() => Pod.fromManifest(new URL('https://example.org/x.yaml'), { stateDir }), /nslab fetches nothing/],
];

for (const [call, message] of FAULTS)
  t.test(String(message), async (t) => {
    const error = await call().then(
      () => undefined,
      (error: unknown) => error as OperationError,
    );
    t.ok(error instanceof OperationError, String(error));
    t.match(error, { name: 'InputError', code: 'ERR_INVALID_INPUT' });
    const [, words] = /^[A-Za-z.]+: (.*)$/s.exec(error?.message ?? '') ?? [];
    t.match(words, message);
  });

const workload = (options: object) => () =>
  check(schemas.workloadOptions, { name: 'w', command: ['true'], ...options }, 'Pod.run');
const exec = (options: unknown) => () => check(schemas.execOptions, options, 'Pod.exec');
const pod = (options: object) => () => check(schemas.podOptions, { name: 'web', ...options }, 'Pod.create');

const IN_A_POD: readonly (readonly [what: () => unknown, message: string])[] = [
  [workload({ command: 'sleep 5' }), 'command is a string; write a list: ["sleep","5"]'],
  [workload({ command: ['sleep', 5] }), 'command[1] is the number 5, and a string is wanted: write "5"'],
  [workload({ command: undefined }), 'command is missing'],
  [workload({ env: { A: 1 } }), 'env.A is the number 1, and a string is wanted: write "1"'],
  [workload({ env: { 'A B': '1' } }), 'env: "A B" is not the name of an environment variable'],
  [workload({ cwd: 'srv' }), 'cwd: the working directory "srv" is not an absolute path'],
  [workload({ grace: '5x' }), 'grace: no duration: "5x" (seconds up to 2147483, or for example 30s or 2m)'],
  [workload({ grace: -1 }), 'grace: no duration: -1'],
  [workload({ grace: Number.NaN }), 'grace is the number NaN, and a number is wanted'],
  [
    workload({ deadline: true }),
    'deadline is the boolean true, and a number of seconds or a text such as "1m30s"',
  ],
  [workload({ limits: { memory: 'lots' } }), 'limits.memory: no quantity: "lots" (for example 64Mi or 0.5)'],
  [workload({ limits: { memroy: 1 } }), 'limits: there is no option "memroy" (did you mean "memory"?)'],
  [workload({ stopSignal: 'NOPE' }), 'stopSignal: no signal "NOPE"'],
  [workload({ stopSignal: 65 }), 'stopSignal: no signal 65'],
  [
    workload({ volumes: ['data:/x'] }),
    'volumes[0]: "data:/x" is not a volume (HOST:DIR[:ro], both absolute paths)',
  ],
  [workload({ volumes: ['/srv:/'] }), 'volumes[0]: a volume cannot be mounted over the root'],
  [workload({ origins: { net: 'web' } }), 'origins.net "web" is none of "new", "host"'],
  [workload({ restart: 'never' }), 'restart "never" is none of "no", "on-failure", "always"'],
  [exec('w'), 'its argument is a string; write { workload: "w" }'],
  [exec({ timeout: '5 s' }), 'timeout: no duration: "5 s"'],
  [exec({ signal: {} }), 'signal is an object, and an AbortSignal is wanted'],
  [exec({ stdin: 7 }), 'stdin is the number 7, and a string, bytes or a readable stream is wanted'],
  [exec({ envs: {} }), 'there is no option "envs" (did you mean "env"?)'],
  [
    () => check(schemas.logOptions, { since: '5m' }, 'Workload.logs'),
    'since: when a line was written is not known',
  ],
];

t.test('so are the options of a workload and of a command', async (t) => {
  for (const [call, message] of IN_A_POD) {
    let said = '';
    try {
      call();
    } catch (error) {
      said = String(error);
    }
    t.match(said.replace(/^InputError: [A-Za-z.]+: /, ''), message);
    t.match(said, /^InputError: /);
  }
});

t.test('what Kubernetes, docker and people write comes out as one thing', async (t) => {
  const spec = workload({
    ...{
      grace: '1m30s',
      deadline: '500ms',
      stopSignal: 'hup',
      user: 1000,
      limits: { memory: '64Mi', cpu: 0.5 },
    },
    volumes: ['/srv:/data/:ro', { source: '/srv', target: '/more' }],
  })();
  t.match(spec, {
    ...{ grace: 90, deadline: 0.5, stopSignal: 1, user: '1000', limits: { memory: 64 << 20, cpu: 500 } },
    volumes: [
      { source: '/srv', target: '/data/', readOnly: true },
      { source: '/srv', target: '/more', readOnly: false },
    ],
  });
  t.match(workload({ limits: { memory: 4096, cpu: '250m' } })(), { limits: { memory: 4096, cpu: 250 } });
  t.equal(workload({ grace: 5 })().grace, 5);
  const ports = ['8080:80/udp', { hostPort: 1, podPort: 2 }, '7-8:9-10'];
  t.strictSame(
    pod({ ports })().ports?.map(({ hostPort, podPort, protocol }) => [hostPort, podPort, protocol]),
    [
      [8080, 80, 'udp'],
      [1, 2, 'tcp'],
      [7, 9, 'tcp'],
      [8, 10, 'tcp'],
    ],
  );
  class Lan {
    readonly name = 'lan';
    readonly record = {};
  }
  t.equal(pod({ network: new Lan() })().network, 'lan');
  t.strictSame(pod({ network: [new Lan(), 'b', { name: new Lan(), ip: '10.0.0.1' }] })().network, [
    'lan',
    'b',
    { name: 'lan', ip: '10.0.0.1' },
  ]);
});

t.test('what is right is not refused there (control)', async (t) => {
  const [error] = await Promise.all([
    Pod.get('web', { stateDir, driver: 'ip', warn: () => {}, transcript: new Transcript() }).catch(
      (error) => error,
    ),
  ]);
  t.match(error, { name: 'OperationError', code: 'ERR_POD_NOT_FOUND', message: 'no such pod: web' });
  t.same(await Pod.list({ stateDir }), []);
  t.same(await Network.list({ stateDir }), []);
  t.match(await Network.get('lan', { stateDir }).catch((error) => error), { code: 'ERR_NETWORK_NOT_FOUND' });
});

t.test('a broken manifest has all of its faults, with line and column', async (t) => {
  const text =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {nam: a, image: busybox}\n';
  const error = await Pod.fromManifest(text, { stateDir }).catch((error) => error);
  t.match(error, { name: 'InputError', code: 'ERR_INVALID_MANIFEST' });
  t.match(error.faults.join('\n'), /^manifest:6:\d+: .*\(did you mean "name"\?\)/m);
});
