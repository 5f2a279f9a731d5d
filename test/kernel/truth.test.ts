import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import t, { type Test } from 'tap';
import type { Event } from '../../src/transcript/event.ts';
import { purposesOf } from '../../src/transcript/explain.ts';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';
import { told } from './truth/told.ts';
import { type Traced, traced, WATCHED } from './truth/traced.ts';

/**
 * The transcript against strace: what nslab's own processes have asked of the kernel, call by call with its arguments and its
 * result, in the order of each process; and every run of `ip` and `nft`, with its words and its standard input.
 */
if (requires(t, 'root', 'strace')) {
  t.test('what is shown is what happened', (t) =>
    onFreshHost(t, async ({ host }) => {
      const folder = mkdtempSync('/var/tmp/nslab-truth-');
      try {
        const nslab = [...program.argv, '--transcript', join(folder, 'transcript')].join(' ');
        const life = LIFE.map((verb) => `${nslab} ${verb}`).join('\n');
        const strace = [
          'strace',
          '-ff',
          '-s',
          '65536',
          '-e',
          `trace=${WATCHED.join(',')}`,
          '-e',
          'signal=none',
          '-e',
          'write=all',
        ];
        const done = await host.run([...strace, '-o', join(folder, 't'), 'bash', '-ec', life], {
          input: POD,
        });
        t.match(done, { status: 0 });
        const lines = readFileSync(join(folder, 'transcript'), 'utf8').trim().split('\n');
        rmSync(join(folder, 'transcript'));
        const events = lines.map((line) => JSON.parse(line) as Event);
        compare(t, events, traced(folder));
        t.strictSame(withoutPurpose(events), [], 'each says what it is for');
        const [first] = events;
        if (first)
          t.strictSame(
            withoutPurpose([{ ...first, purpose: '' }]),
            [first.call],
            'else it is found (control)',
          );
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
  );
}

/** Everything that starts, joins or ends somebody. */
const LIFE = [
  'up --wait -f -',
  'hold web -p 8080:80',
  'run -d --pod web --name w -- sleep 1000',
  'exec web true',
  'exec two/one true',
  'restart web/w',
  'down web',
  // The other way to the same: iproute2.
  'hold web --driver ip',
  'down web two --driver ip',
];

const POD = `apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  initContainers: [{name: first, image: busybox, command: ['true']}]
  containers:
  - {name: one, image: busybox, command: [sleep, '1000'], volumeMounts: [{name: v, mountPath: /v}]}
  - {name: other, image: busybox, command: [sleep, '1000']}
  volumes: [{name: v, emptyDir: {}}]
`;

/** Calls without a sentence, or with a name of native/purposes.h that its table lacks. */
function withoutPurpose(events: readonly Event[]): string[] {
  const isSentence = (purpose: string) => /[a-z]/.test(purpose);
  return events.filter((event) => !purposesOf(event).every(isSentence)).map(({ call }) => call);
}

type Story = Pick<Traced, 'asked' | 'tools'>;

function compare(t: Test, events: readonly Event[], trace: Traced): void {
  const errnoName = (errno: number) => getSystemErrorName(-errno);
  const transcript = told(events, errnoName);
  t.strictSame(differences(transcript, trace), [], 'transcript and strace say the same');
  t.strictSame(
    [...new Set(trace.foreign)],
    ['["/bin/busybox", "--list"]'],
    'nothing else is run but what only asks',
  );
  const all = [...trace.asked.values()].flat().join('\n');
  for (const kind of KINDS) t.match(all, kind, `${kind} occurs`);
  if (process.env.NSLAB_DRIVER !== 'ip') t.match(all, /^sent [0-9a-f]{100,}$/m, 'messages to netlink occur');
  for (const tool of [/"ip", "-batch"/, /"ip", "-json"/, /"nft", "-f"/])
    t.ok(
      trace.tools.some(({ words }) => tool.test(words)),
      `${tool} occurs`,
    );
  // Without any one of the events that matter, the two are different, and in nothing else.
  const control = events.filter((event) => differences(told([event], errnoName), NOTHING).length > 0);
  t.ok(control.length > 100, `${control.length} events to leave out`);
  const blind = control.filter(
    (left) =>
      differences(
        told(
          events.filter((event) => event !== left),
          errnoName,
        ),
        trace,
      ).length !== 1,
  );
  t.strictSame(blind, [], 'each of them is missed when it is left out (control)');
}

const NOTHING: Story = { asked: new Map(), tools: [] };

const KINDS = [
  /unshare\(CLONE_NEWIPC\|CLONE_NEWNET\|CLONE_NEWUTS\) = 0/,
  /unshare\(CLONE_NEWNS\) = 0/,
  /setns\(\d+, CLONE_NEWNET\) = 0/,
  /setns\(\d+, CLONE_NEWNS\) = 0/,
  /clone\(CLONE_NEWPID\|SIGCHLD\) = \d/,
  /mount\("overlay"/,
  /umount2\("\.", MNT_DETACH\) = 0/,
  /pivot_root\("\.", "\."\) = 0/,
  /sethostname\("two", 3\) = 0/,
  /spawned \[".*shim", "hold"/,
  /spawned \[".*shim", "run"/,
  /spawned \[".*shim", "exec"/,
  /execve\(".*\/sleep"/,
  /execveat\(\[".*pause", "two"\]\)/,
];

/** What one story has and the other has not; and, where both have the same, whose order differs. */
function differences(transcript: Story, trace: Story): string[] {
  const [a, b] = [lines(transcript), lines(trace)];
  const missing = [
    ...subtract(b, a).map((line) => `strace alone: ${line}`),
    ...subtract(a, b).map((line) => `transcript alone: ${line}`),
  ];
  if (missing.length > 0) return missing;
  return [...trace.asked].flatMap(([pid, calls]) =>
    calls.join('\n') === transcript.asked.get(pid)?.join('\n') ? [] : [`another order in ${pid}`],
  );
}

function lines({ asked, tools }: Story): string[] {
  const calls = [...asked].flatMap(([pid, list]) => list.map((line) => `${pid} ${line}`));
  return [...calls, ...tools.map(({ words, input }) => `${words} < ${input}`)];
}

/** With multiplicity. */
function subtract(from: readonly string[], what: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of what) left.set(line, (left.get(line) ?? 0) + 1);
  return from.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
