import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { programHost } from './api/program.ts';
import { until } from './eventually.ts';
import { requires } from './requires.ts';

const README = new URL('../README.md', import.meta.url);

/** What the README shall show; its own example is tried as soon as it is there. */
const EXAMPLE = `
import { Network, Pod } from 'nslab';

await using network = await Network.create({ name: 'lab' });
await using pod = await Pod.create({ name: 'web', network: network.name });
await pod.run({ name: 'sleeper', command: ['sleep', '1000'] });

const { stdout } = await pod.exec(['hostname']);
console.log(stdout.trim(), pod.address);
for (const { name, ns } of pod.matrix().processes) console.log(name, ns.net?.same, ns.pid?.same);
`;

interface Row {
  readonly name: string;
  readonly ns: Record<string, { inode: number; same: string }>;
}

if (requires(t, 'root', 'ip', 'nft', 'nginx')) {
  t.test('a pod in a scope: run, exec, wait, matrix, inspect, and nothing afterwards', async (t) => {
    await using lab = await library(t);
    const { status, stdout, stderr } = await lab.run('whole');
    t.match({ status, stderr }, { status: 0, stderr: '' });
    const seen = JSON.parse(stdout);
    t.match(seen, {
      address: '10.77.0.9',
      pid: Number,
      network: { name: 'lab', subnet: '10.77.0.0/24', gateway: '10.77.0.1' },
      sleeper: { name: 'sleeper', pid: Number },
      seven: ['seven', 7],
      inPod: { status: 3, stdout: /^www\n lo\n eth0\n$/, stderr: 'err\n' },
      inWorkload: { status: 0, stdout: /^sleep\nred\n\d+\n$/ },
      missing: ['OperationError', /cannot run "no-such-program"/],
      twice: 'workload "web/sleeper" exists already',
      inspect: {
        name: 'web',
        state: 'Running',
        hostname: 'www',
        holder: { pid: seen.pid },
        network: { name: 'lab', addresses: ['10.77.0.9/24'], mac: '0a:58:0a:4d:00:09' },
      },
    });
    const [holder, sleeper] = seen.matrix.processes as [Row, Row];
    t.equal(seen.matrix.processes.length, 2, 'what has ended is in no namespace');
    for (const kind of ['net', 'ipc', 'uts'] as const) {
      t.equal(holder.ns[kind]?.same, 'own');
      t.same(sleeper.ns[kind], { inode: holder.ns[kind]?.inode, same: 'holder' }, `${kind} is the holder’s`);
      t.equal(seen.inspect.namespaces[kind], holder.ns[kind]?.inode);
    }
    t.match([holder.ns.pid?.same, sleeper.ns.pid?.same, sleeper.ns.mnt?.same], ['host', 'own', 'own']);
    t.same(await lab.left(), [], 'the scope has ended, and nothing is left');
  });

  t.test('a pod in several networks, and one that adopts its namespace', async (t) => {
    await using lab = await library(t);
    const { status, stdout, stderr } = await lab.run('several');
    t.match({ status, stderr }, { status: 0, stderr: '' });
    const links = 'lo UNKNOWN 127.0.0.1/8 \neth0 UP 10.77.0.9/24 \nnet1 UP 10.78.0.9/24 \n';
    t.same(JSON.parse(stdout), {
      address: '10.77.0.9',
      addresses: ['10.77.0.9', '10.78.0.9'],
      inPod: links,
      inGuest: links,
      guest: [null, []],
      refused: 'network "one" is named twice for one pod',
    });
  });

  t.test('an error in the scope is the scope’s, and the pod goes all the same', async (t) => {
    await using lab = await library(t);
    t.match(await lab.run('thrown'), { status: 0, stdout: '"in the scope"\n', stderr: '' });
    t.same(await lab.left(), []);
  });

  t.test('a transcript of one’s own hears of the calls', async (t) => {
    await using lab = await library(t);
    const { status, stdout, stderr } = await lab.run('heard');
    t.match({ status, stderr }, { status: 0, stderr: '' });
    const { before, made, inodes } = JSON.parse(stdout);
    t.equal(before, 0, 'of a pod that was made without it nothing (control)');
    t.match(made, { channel: 'syscall', args: /CLONE_NEWNET/, result: 0, step: 'holder' });
    t.match(made.evidence.join(), new RegExp(`net:\\[\\d+\\] -> net:\\[${inodes[0]}\\]`));
    t.notMatch(made.evidence.join(), `-> net:[${inodes[1]}]`);
    t.same(await lab.left(), []);
  });

  t.test('many by one call: all, or none', async (t) => {
    await using lab = await library(t);
    const { status, stdout, stderr } = await lab.run('bulk');
    t.match({ status, stderr }, { status: 0, stderr: '' });
    t.match(JSON.parse(stdout), {
      failed: 'pod "x" exists already',
      left: false,
      made: 3,
      before: 'S',
      after: 'gone',
    });
  });

  t.test('more than a thousand', async (t) => {
    await using lab = await library(t);
    const { status, stdout, stderr } = await lab.run('crowd');
    t.match({ status, stderr }, { status: 0, stderr: '' });
    t.same(JSON.parse(stdout), { made: 1100, told: 1100, first: 'p0' });
    t.same(await lab.left(), []);
  });

  t.test('many pods of one process', async (t) => {
    await using lab = await library(t);
    const { status, stdout, stderr } = await lab.run('many');
    t.match({ status, stderr }, { status: 0, stderr: '' });
    const { addresses, exits, leaked } = JSON.parse(stdout);
    t.same(
      addresses.sort(),
      [2, 3, 4, 5, 6].map((n) => `10.244.0.${n}`),
      'five distinct addresses',
    );
    t.same(exits, [0, 0, 0, 0, 0]);
    t.equal(leaked, 0, 'a pod that is gone keeps no descriptor open');
    t.same(await lab.left(), []);
  });

  t.test('what makes no sense is refused with an error of ours', async (t) => {
    await using lab = await library(t);
    const { status, stdout, stderr } = await lab.run('refused');
    t.match({ status, stderr }, { status: 0, stderr: '' });
    const messages: string[] = JSON.parse(stdout);
    const expected = [
      /^InputError: "..\/x" is not a name for a pod$/,
      /^InputError: "10.1" is not an IPv4 address$/,
      /^OperationError: no network "nowhere"$/,
      /^InputError: subnet 10.0.0.1\/8 has bits set/,
      /^OperationError: pod "web" exists already$/,
      /^InputError: "W!" is not a name for a workload$/,
      /^InputError: .*command/,
      /^InputError: .*NUL/,
      /^InputError: .*NUL/,
      /^InputError: .*command/,
      /^InputError: volume \/no\/such does not exist/,
      /^OperationError: pod "web" has no workload "nobody"$/,
      /^OperationError: workload "web\/nobody" was removed$|no workload/,
    ];
    for (const [n, message] of messages.entries()) t.match(message, expected[n] ?? 'nothing more');
    t.equal(messages.length, expected.length);
    t.same(await lab.left(), []);
  });

  t.test('a program that is killed takes its pod with it, and one gc cleans up', async (t) => {
    await using lab = await library(t);
    const owner = lab.host.spawn(['node', lab.program, 'owner']);
    await new Promise((resolve) => owner.child.stdout?.once('data', resolve));
    t.match(
      (await lab.cli('ps', '-a')).stdout,
      /mine +pause +\d+\/\d+ +Running/,
      'it stands (negative control)',
    );
    owner.signal('SIGKILL');
    t.match(await owner.result, { signal: 'SIGKILL' });
    await until(async () => !(await lab.programs()).some((args) => /pause mine|shim |sleep 1000/.test(args)));
    t.not((await lab.left(0)).length, 0, 'its records and its bridge are still there');
    t.match(await lab.cli('gc'), { status: 0, stdout: /removed pod mine: its creator was killed|holder/ });
    t.same(await lab.left(), [], 'and after one gc nothing is');
  });

  t.test('what a killed program leaves, the next verb removes', async (t) => {
    await using lab = await library(t);
    const owner = lab.host.spawn(['node', lab.program, 'owner']);
    await new Promise((resolve) => owner.child.stdout?.once('data', resolve));
    const hold = (name: string) => lab.cli('hold', name, '--network', 'none');
    t.match(await hold('first'), { status: 0, stderr: '' }, 'nothing of one that lives (control)');
    t.match((await lab.cli('ps')).stdout, /mine +pause +\d+\/\d+ +Running/);
    owner.signal('SIGKILL');
    t.match(await owner.result, { signal: 'SIGKILL' });
    await until(async () => !(await lab.programs()).some((args) => /pause mine|shim |sleep 1000/.test(args)));
    await lab.host.run(['mv', '/run/nslab/unfinished', '/run/mark']);
    t.match(await hold('second'), { status: 0, stderr: '' }, 'without its mark nobody looks (control)');
    await lab.host.run(['mv', '/run/mark', '/run/nslab/unfinished']);
    t.match(await hold('other'), { status: 0, stderr: /^nslab: removed pod mine: [^\n]*\n$/ });
    t.match(await hold('third'), { status: 0, stderr: '' }, 'and the one after it has nothing to do');
    t.match(await lab.cli('down', 'first', 'second', 'other', 'third'), { status: 0 });
    t.same(await lab.left(), []);
  });

  t.test('a pod that was given away outlives the program', async (t) => {
    await using lab = await library(t);
    const { status, stdout, stderr, timedOut } = await lab.runWith({ DETACH: '1' }, 'owner');
    t.match(
      { status, stderr, timedOut },
      { status: 0, stderr: '', timedOut: false },
      'the program ends by itself',
    );
    const { holder } = JSON.parse(stdout);
    t.match(await lab.host.run(['ls', '/run/nslab']), { status: 0, stdout: /^(?!.*unfinished).*pods/s });
    t.match(JSON.parse((await lab.cli('inspect', 'mine')).stdout), {
      apiVersion: 'nslab/v1',
      kind: 'List',
      items: [{ kind: 'Pod', state: 'Running', holder, workloads: [{ name: 'w', state: 'Running' }] }],
    });
    t.match(await lab.cli('gc'), { status: 0, stdout: '' }, 'gc finds nothing to do');
    t.match(await lab.cli('exec', 'mine/w', 'cat', '/proc/1/comm'), { status: 0, stdout: 'sleep\n' });
    t.match(await lab.cli('down', 'mine'), { status: 0, stdout: 'mine\n' });
    t.same(await lab.left(), []);
  });

  for (const [title, program, output] of [
    [
      'the example of the README',
      exampleOfReadme(),
      /^10\.244\.0\.2 lo .*\neth0@.* 10\.244\.0\.2\/16 \n\npause .*\nnginx .*\n$/,
    ],
    ['a pod in a network of its own', EXAMPLE, /^web 10\.244\.0\.2\npause own host\nsleeper holder own\n$/],
  ] as const)
    t.test(title, async (t) => {
      await using lab = await library(t, program);
      const { status, stdout, stderr } = await lab.run('');
      t.match({ status, stderr }, { status: 0, stderr: '' });
      t.match(stdout, output);
      t.same(await lab.left(), []);
    });
}

/** Throws where there is none: an example that is not found is not tried. */
function exampleOfReadme(): string {
  const [, example] = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(README, 'utf8')) ?? [];
  if (example === undefined) throw new Error('the README has no example in TypeScript');
  return example;
}

function library(t: Test, source: URL | string = new URL('library-probe.ts', import.meta.url)) {
  return programHost(t, source);
}
