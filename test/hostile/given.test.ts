import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { eventually } from '../eventually.ts';
import { words } from '../kernel/evidence.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires, skip } from '../requires.ts';

/** Each way in which nslab starts a program in a pod. */
const ALL = [
  'init',
  'side',
  'main',
  'post-start',
  'startup',
  'liveness',
  'readiness',
  'exec',
  'pre-stop',
] as const;

// capabilities(7): Docker's 14; test/kernel/workload.test.ts lists them.
const FOURTEEN = '00000000a80425fb';

/** Prints what the program was started with: descriptors, environment, directory, privileges. Once: a probe runs repeatedly. */
const look = (who: string, then = '') => [
  'perl',
  '-e',
  `
    opendir my $all, "/proc/self/fd";
    my @fds = sort grep { (readlink("/proc/self/fd/$_") // "/fd") !~ m{/fd$} } readdir $all;
    closedir $all;
    open my $status, "<", "/proc/self/status";
    my @rights = grep { /^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Groups):/ } <$status>;
    open my $seen, ">", "/seen/${who}.new";
    print $seen join("\\n", "@fds", join(" ", sort keys %ENV), readlink "/proc/self/cwd", @rights);
    close $seen;
    rename "/seen/${who}.new", "/seen/${who}";
    ${then}
  `.replace(/\s*\n\s*/g, ' '),
];

const probe = (who: string) => ({ periodSeconds: 1, exec: { command: look(who) } });

const container = (name: string, command: string[], more: object = {}) => ({
  name,
  image: 'busybox',
  command,
  volumeMounts: [{ name: 'seen', mountPath: '/seen' }],
  ...more,
});

const stays = (who: string) => look(who, '$SIG{TERM} = sub { exit 0 }; sleep 1 while 1;');

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'given' },
  spec: {
    terminationGracePeriodSeconds: 2,
    volumes: [{ name: 'seen', hostPath: { path: '/tmp/seen' } }],
    initContainers: [
      container('init', look('init')),
      container('side', stays('side'), { restartPolicy: 'Always' }),
    ],
    containers: [
      container('main', stays('main'), {
        lifecycle: {
          postStart: { exec: { command: look('post-start') } },
          preStop: { exec: { command: look('pre-stop') } },
        },
        startupProbe: probe('startup'),
        livenessProbe: probe('liveness'),
        readinessProbe: probe('readiness'),
      }),
    ],
  },
};

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('each that runs in a pod is given what is documented, and nothing of whoever started it', (t) =>
    onFreshHost(t, async (host) => {
      const { sh, host: machine } = host;
      await sh('mkdir /tmp/seen; mkdir -m 700 /run/private; echo hush > /run/private/file');
      // A careless caller: descriptors 3..200 of a secret file, secrets in the environment, another directory, nice value, groups.
      const careless = async (args: string, input = '') => {
        const opened = 'for fd in {3..200}; do eval "exec $fd</run/private/file"; done';
        const line = `${opened}; cd /run/private; umask 077; trap '' TERM HUP; ls /proc/self/fd | wc -w; ${program.argv.join(' ')} ${args}`;
        return await machine.run(['bash', '-c', line], {
          input,
          env: { AWS_SECRET_ACCESS_KEY: 'hush', LD_BIND_NOW: '1', BASH_ENV: '/nosuch', PROMPT_COMMAND: 'x' },
        });
      };
      const up = await careless('up -d --allow-host-path -f -', JSON.stringify(POD));
      t.match(up, { status: 0 }, up.stderr);
      t.ok(Number(up.stdout.split('\n')[0]) > 198, 'control: the caller has them open');
      const there = async () => words(await sh('ls /tmp/seen')).filter((name) => !name.endsWith('.new'));
      t.ok(await eventually(async () => (await there()).length === ALL.length - 2), 'all have looked');
      const ran = await careless(`exec given/main perl -e '${look('exec').at(-1)}'`);
      t.match(ran, { status: 0 }, ran.stderr);
      const pids = words(await sh('cd /proc; grep -lx shim [0-9]*/comm | cut -d/ -f1'));
      t.ok(pids.length >= 2, 'control: there are shims');
      for (const pid of pids) {
        t.notMatch(
          await sh(`ls -l /proc/${pid}/fd`),
          '/run/private',
          `shim ${pid}: nothing of the caller’s open`,
        );
        t.notMatch(await sh(`tr '\\0' ' ' < /proc/${pid}/environ`), 'hush', `shim ${pid}: no secret`);
      }
      t.match(await careless('down given'), { status: 0 });
      t.same((await there()).sort(), [...ALL].sort(), 'nobody was forgotten');

      for (const who of ALL) {
        const [fds = '', environment = '', cwd, ...status] = (await sh(`cat /tmp/seen/${who}`)).split('\n');
        t.equal(fds, '0 1 2', `${who}: descriptors`);
        t.equal(cwd, '/', `${who}: directory`);
        t.equal(environment, 'HOME HOSTNAME PATH', `${who}: environment`);
        const is = new Map(status.map((line) => line.split(/:\s*/) as [string, string]));
        for (const set of ['CapBnd', 'CapEff', 'CapPrm']) t.equal(is.get(set), FOURTEEN, `${who}: ${set}`);
        for (const set of ['CapInh', 'CapAmb']) t.equal(is.get(set), '0000000000000000', `${who}: ${set}`);
        t.equal(is.get('NoNewPrivs'), '0', `${who}: NoNewPrivs`);
        t.equal(is.get('Groups')?.trim() ?? '', '', `${who}: no groups of the caller’s`);
      }
      await sh('rm -r /tmp/seen /run/private');
    }),
  );

  t.test('the kernel’s keys of whoever started it are not a workload’s', (t) =>
    onFreshHost(
      t,
      async (host) => {
        if (process.arch !== 'x64') return skip(t, 'the numbers are those of x86-64');
        // keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)
        const asked = `my @w = (0, -3, 0); printf "%d\\n", syscall(250, @w)`;
        const ours = await host.sh(`perl -e '${asked}'`);
        await host.must(['hold', 'p', '--network', 'none']);
        const ask = async (...how: string[]) => await host.must([...how, 'perl', '-e', asked]);
        t.match(ours, /^\d+\n$/, 'control: this kernel has keys');
        const run = () => ask('run', '--rm', '--name', 'w', '--pod', 'p', '--');
        const theirs = [await run(), await run()];
        t.notOk(theirs.includes(ours), 'its session keyring is not ours');
        t.not(theirs[0], theirs[1], 'nor its predecessor’s');
        await host.must(['down', 'p']);
      },
      { tmp: true },
    ),
  );
}
