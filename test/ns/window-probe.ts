/**
 * R9 in a process of its own: node window-probe.mjs ENTERS SEED. Prints what it saw as JSON; run by window.test.ts.
 * With `lose`: one window and no more, whose way home strace may close.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { enter, prepareWindow, type WindowKind } from '../../src/ns/window.ts';
import { openLibc } from '../../src/sys/libc.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

const KINDS: readonly WindowKind[] = ['net', 'ipc', 'uts', 'cgroup', 'pid'];
const LINKS = ['net', 'ipc', 'uts', 'cgroup', 'pid', 'pid_for_children', 'mnt', 'user', 'time'];
const kernel = { libc: await openLibc(), transcript: new Transcript() };
const [mode = '', seed = '1'] = process.argv.slice(2);
let state = Number(seed);

async function manyWindows(count: number) {
  const home = linksOf('thread-self');
  const other = await otherNamespaces();
  const wrong: string[] = [];
  const outcomes: Record<string, number> = {};
  const note = (what: string) => {
    outcomes[what] = (outcomes[what] ?? 0) + 1;
  };
  const children: Promise<unknown>[] = [];
  const pooled: Promise<string>[] = [];
  const started = performance.now();
  for (let n = 0; n < count; n++) {
    const kinds = KINDS.filter((kind) => random() < (kind === 'pid' ? 0.15 : 0.4));
    // Making a network namespace is slow, and the kernel tears it down later: one in ten is new, the others are joined.
    const join = random() < 0.9;
    const to = join ? { join: kinds.map((kind) => [kind, other.fds[kind]] as const) } : { unshare: kinds };
    const before = readlink('/proc/thread-self/ns/net');
    const body = BODIES[Math.floor(random() * BODIES.length)] as (typeof BODIES)[number];
    let entered = false;
    let during: Promise<string> | undefined;
    try {
      enter(kernel, to, () => {
        entered = kinds.every(
          (kind) => kind === 'pid' || readlinkSync(`/proc/thread-self/ns/${kind}`) !== home[kind],
        );
        during = readlink('/proc/thread-self/ns/net');
        if (kinds.includes('pid')) {
          const child = spawn('/bin/true', { stdio: 'ignore' });
          children.push(once(child, 'exit').then(([status]) => note(`child ${status}`)));
        }
        return body.run() as number;
      });
      note(`${body.name}: returned`);
    } catch (error) {
      note(`${body.name}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
    }
    if (!entered) wrong.push(`enter ${n} of ${kinds} was not inside`);
    const now = linksOf('thread-self');
    for (const link of LINKS) if (now[link] !== home[link]) wrong.push(`after ${n}: ${link} is ${now[link]}`);
    pooled.push(before, ...(during ? [during] : []), readlink('/proc/thread-self/ns/net'));
    if (n % 100 === 99 || n === count - 1) {
      // Bounded: each child is a process that waits to be reaped.
      await Promise.all(children.splice(0));
      for (const link of await Promise.all(pooled.splice(0)))
        if (link !== home.net) wrong.push(`a thread of the pool is in ${link}`);
      wrong.push(...strays(home));
    }
  }
  // Failures on the way out: a descriptor that is no namespace, one of another kind, after a first step that worked.
  for (const [what, fd] of [
    ['not a namespace', openSync('/', 'r')],
    ['of another kind', other.fds.uts],
    ['not open', 9999],
  ] as const) {
    try {
      enter(
        kernel,
        {
          join: [
            ['net', other.fds.net],
            ['ipc', fd],
          ],
        },
        () => note('entered half-way'),
      );
    } catch (error) {
      note(`${what}: ${(error as Error).message.replace(/\d+, /, '')}`);
    }
    wrong.push(...strays(home));
  }
  const seconds = (performance.now() - started) / 1000;
  const tasks = readdirSync('/proc/self/task').length;
  const control = negativeControl(home);
  other.end();
  return { wrong: wrong.slice(0, 20), wrongs: wrong.length, outcomes, seconds, tasks, control };
}

const BODIES: readonly { name: string; run: () => unknown }[] = [
  { name: 'number', run: () => 7 },
  { name: 'nothing', run: () => undefined },
  { name: 'null', run: () => null },
  {
    name: 'throw',
    run: () => {
      throw new RangeError('of the body');
    },
  },
  {
    name: 'throw a word',
    run: () => {
      throw 'a word';
    },
  },
  { name: 'promise', run: async () => 7 },
  {
    name: 'rejecting',
    run: async () => {
      throw new Error('of nobody');
    },
  },
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
  { name: 'thenable', run: () => ({ then: () => {} }) },
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
  { name: 'thenable function', run: () => Object.assign(() => {}, { then: () => {} }) },
  { name: 'nested', run: () => enter(kernel, { unshare: ['uts'] }, () => 7) },
  { name: 'nested, nowhere', run: () => enter(kernel, { unshare: [] }, () => 7) },
];

/** One process that lives in other namespaces of every kind that a window knows. */
async function otherNamespaces() {
  const flags = ['--net', '--ipc', '--uts', '--cgroup', '--pid', '--fork', '--kill-child'];
  const child = spawn('unshare', [...flags, 'sh', '-c', 'echo; read -r _'], {
    // It ends with us, however we end: at the end of its standard input.
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  const inner = (await readlinkOfChild(child.pid ?? 0)) as string;
  const fds = Object.fromEntries(KINDS.map((kind) => [kind, openSync(`/proc/${inner}/ns/${kind}`, 'r')]));
  return { fds: fds as Record<WindowKind, number>, end: () => void child.kill('SIGKILL') };
}

async function readlinkOfChild(pid: number): Promise<string | undefined> {
  const { readFile } = await import('node:fs/promises');
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')[0];
}

function linksOf(task: string): Record<string, string> {
  return Object.fromEntries(LINKS.map((link) => [link, readlinkSync(`/proc/${task}/ns/${link}`)]));
}

/** Every thread of this process, every kind. */
function strays(home: Record<string, string>): string[] {
  return readdirSync('/proc/self/task').flatMap((task) => {
    const now = linksOf(`self/task/${task}`);
    return LINKS.filter((link) => now[link] !== home[link]).map(
      (link) => `thread ${task}: ${link} ${now[link]}`,
    );
  });
}

/** The sweep finds a thread that has really gone astray: this one, for a moment. */
function negativeControl(home: Record<string, string>): string[] {
  const fd = openSync('/proc/thread-self/ns/uts', 'r');
  kernel.libc('unshare', [0x04000000]);
  const found = strays(home);
  kernel.libc('setns', [fd, 0]);
  closeSync(fd);
  return [...found.map((line) => line.replace(/\d+/g, 'N')), ...strays(home)];
}

/** mulberry32: the same seed, the same windows. */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

await prepareWindow();
await prepareWindow(); // twice is fine
if (mode === 'lose') {
  const inside = enter(kernel, { unshare: ['net'] }, () => readlinkSync('/proc/thread-self/ns/net'));
  process.stdout.write(`came home from ${inside}\n`);
} else {
  process.stdout.write(JSON.stringify(await manyWindows(Number(mode))));
}
