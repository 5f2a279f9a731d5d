import t from 'tap';
import { shellString, splitArguments, stringsOf, unquote } from '../../src/transcript/arguments.ts';
import { chapters } from '../../src/transcript/by-step.ts';
import type { Event } from '../../src/transcript/event.ts';
import { shellLines } from '../../src/transcript/shell.ts';
import { shellWord } from '../../src/transcript/shell-word.ts';
import { openTelling } from '../../src/transcript/text.ts';
import { why } from '../../src/transcript/why.ts';

const event: Event = {
  t: 0,
  channel: 'syscall',
  who: 1,
  call: 'unshare',
  args: 'CLONE_NEWNET',
  result: 0,
  us: 231,
};

t.test('what a shim did belongs to the step and the workload that it was started for', async (t) => {
  const found = chapters([
    { ...event, t: 5, who: 20, call: 'mount', channel: 'shim' },
    { ...event, t: 1, step: 'holder' },
    { ...event, t: 2, step: 'workload', subject: 'nginx', channel: 'spawn', call: 'execve', result: 10 },
    { ...event, t: 4, who: 10, call: 'clone', channel: 'shim', result: 20 },
    { ...event, t: 6, who: 30, channel: 'shim' },
    { ...event, t: 3, step: 'holder' },
  ]);
  t.strictSame(
    found.map(({ step, subject, events }) => [step, subject, events.map(({ t }) => t)]),
    [
      ['holder', undefined, [1, 3]],
      ['workload', 'nginx', [2, 4, 5]],
      [undefined, undefined, [6]],
    ],
  );
});

t.test('one event as a person reads it', async (t) => {
  const told = (more: Partial<Event>, planned = false) =>
    openTelling({ errnoName: (errno) => `E${errno}`, planned })({ ...event, step: 'holder', ...more })
      .split('\n')
      .slice(1);
  t.strictSame(told({ equivalent: 'unshare --net', evidence: ['net:[1] -> net:[2]'] }), [
    'unshare(CLONE_NEWNET) = 0 <231 µs>',
    '    $ unshare --net',
    '    # new namespaces for this thread, empty but for a loopback that is down',
    '    = net:[1] -> net:[2]',
  ]);
  t.equal(told({ result: -1, errno: 28, us: 12_345 })[0], 'unshare(CLONE_NEWNET) = -1 E28 <12.3 ms>');
  t.strictSame(
    told({ evidence: ['net:[1] -> net:[2]'] }, true).filter((line) => / = |= net/.test(line)),
    [],
    'a plan has no outcome, and no evidence',
  );
  t.match(told({ channel: 'ip', call: 'ip', args: '-batch -', input: 'link set dev lo up\n', inside: 7 }), [
    'ip -batch - (in the network namespace of 7) = 0 <231 µs>',
  ]);
  t.equal(
    told({ channel: 'sysctl', call: 'write', args: 'net/x: 0 -> 1' })[0],
    'write("/proc/sys/net/x", "1") = 0 <231 µs>',
  );
});

t.test('a heading at each change; a long path once; the clock since the beginning', async (t) => {
  const tell = openTelling({ errnoName: String, since: 1_000_000 });
  const spawn = {
    channel: 'spawn',
    call: 'execve',
    argv: ['/x/shim', 'run', '--stage', '/run/a/stage'],
  } as const;
  const story = [
    tell({ ...event, t: 1_000_000, step: 'claim' }),
    tell({ ...event, t: 3_500_000, step: 'workload', subject: 'w', ...spawn, result: 9 }),
    tell({
      ...event,
      t: 4_000_000,
      step: 'workload',
      subject: 'w',
      channel: 'shim',
      call: 'mkdir',
      args: '"/run/a/stage/x", 0755',
    }),
  ].join('\n');
  t.match(story, /^CLAIM {2}the name: .*\n +\+0\.000 unshare/);
  t.match(story, /\n\nWORKLOAD w {2}a program.*\n +\+2\.500 execve\("\/x\/shim", …\) = 9/i);
  t.match(story, /\n +STAGE=\/run\/a\/stage\n +\+3\.000 mkdir\("\$STAGE\/x", 0755\)/);
  t.notMatch(story.slice(story.indexOf('mkdir')), 'WORKLOAD', 'the same step has one heading');
});

t.test('system calls as shell lines', async (t) => {
  const shell = (call: string, args: string) => shellLines({ ...event, channel: 'shim', call, args })[0];
  const cases: readonly [string, string, string | undefined][] = [
    ['unshare', 'CLONE_NEWNS|CLONE_NEWNET', 'unshare --mount --net'],
    ['setns', '6, CLONE_NEWIPC', 'nsenter --ipc=/proc/self/fd/6'],
    ['clone', 'CLONE_NEWPID|SIGCHLD', 'unshare --fork --pid'],
    ['clone', 'SIGCHLD', undefined],
    ['mount', 'NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL', 'mount --make-rprivate /'],
    [
      'mount',
      '"tmpfs", "/a b", "tmpfs", MS_NOSUID|MS_NODEV, "mode=755"',
      "mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs '/a b'",
    ],
    ['mount', '"/a", "/b", NULL, MS_BIND|MS_REC, NULL', 'mount --rbind /a /b'],
    ['mount', 'NULL, "/b", NULL, MS_RDONLY|MS_REMOUNT|MS_BIND, NULL', 'mount -o remount,bind,ro /b'],
    ['umount2', '".", MNT_DETACH', 'umount --lazy .'],
    ['symlink', '"/bin/busybox", "/run/busybox/...": 269 links', '/bin/busybox --install -s /run/busybox'],
    [
      'execve',
      '"/usr/sbin/nginx", ["nginx", "-g", "daemon off;"], 3 variables',
      "exec nginx -g 'daemon off;'",
    ],
    ['flock', '3, LOCK_EX', undefined],
  ];
  for (const [call, args, line] of cases) t.equal(shell(call, args), line, `${call}(${args})`);
});

t.test('the words of a call', async (t) => {
  t.strictSame(splitArguments('"a, b\\"", [1, 2], {x=1, y}, MS_A|MS_B, NULL'), [
    '"a, b\\""',
    '[1, 2]',
    '{x=1, y}',
    'MS_A|MS_B',
    'NULL',
  ]);
  t.equal(unquote('"a\\"b\\\\c"'), 'a"b\\c');
  t.equal(unquote('NULL'), undefined);
  const list = stringsOf('["sh", "-c", "echo \\"hi\\", you"]');
  t.strictSame(list.map(unquote), ['sh', '-c', 'echo "hi", you']);
  t.equal(
    shellString('"it\'s \\033[31mred"'),
    "$'it\\'s \\033[31mred'",
    'a control character is shown, not done',
  );
  t.equal(shellString('"a b"'), "'a b'");
  t.equal(shellWord("it's $HOME"), "'it'\\''s $HOME'");
});

t.test('why', async (t) => {
  t.strictSame(
    why({
      ...event,
      channel: 'ip',
      call: 'ip',
      args: '-batch -',
      input: 'link set dev lo up\nroute add default via 1 dev e\n',
    }),
    ['a new namespace has a loopback, and it is down', 'where everything else goes'],
  );
  t.strictSame(why({ ...event, call: 'unheard-of' }), [''], 'what is not known is not made up (control)');
});
