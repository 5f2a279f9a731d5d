import t from 'tap';
import type { PretendHost } from '../campaign/pretend-host.ts';
import { type KernelHost, onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

/** Another user of the machine, without privileges. */
const STRANGER = 65534;

/** State directories prepared by `bash` and by the other user, and why nslab refuses each. */
interface Place {
  readonly bash: string;
  readonly state: string;
  readonly why: RegExp;
}

const PLACES: Readonly<Record<string, Place>> = {
  'in his directory, not there yet': {
    bash: 'his /tmp/his',
    state: '/tmp/his/state',
    why: /\/tmp\/his belongs to user/,
  },
  'in his directory, root’s own': {
    bash: 'his /tmp/his; mkdir -m 700 /tmp/his/state',
    state: '/tmp/his/state',
    why: /\/tmp\/his belongs to user/,
  },
  'two steps below his directory': {
    bash: 'his /tmp/his; mkdir -m 755 /tmp/his/ours',
    state: '/tmp/his/ours/state',
    why: /\/tmp\/his belongs to user/,
  },
  'in a directory that all can write': {
    bash: 'mkdir /tmp/open; chmod 777 /tmp/open',
    state: '/tmp/open/state',
    why: /\/tmp\/open can be written by others \(mode 777\)/,
  },
  'in a directory that his group can write': {
    bash: `mkdir /tmp/open; chgrp ${STRANGER} /tmp/open; chmod 775 /tmp/open`,
    state: '/tmp/open/state',
    why: /\/tmp\/open can be written by others \(mode 775\)/,
  },
  'through a link of his': {
    bash: 'mkdir -m 755 /run/safe; as_he ln -s /run/safe /tmp/way',
    state: '/tmp/way/state',
    why: /\/tmp\/way belongs to user/,
  },
  'through root’s link, to his directory': {
    bash: 'his /tmp/his; ln -s /tmp/his /run/way',
    state: '/run/way/state',
    why: /\/tmp\/his belongs to user/,
  },
  'his link': { bash: 'as_he ln -s /tmp/victim /tmp/state', state: '/tmp/state', why: /is a symbolic link/ },
  'his link to nowhere': {
    bash: 'as_he ln -s /etc/nslab-new /tmp/state',
    state: '/tmp/state',
    why: /is a symbolic link/,
  },
  'his fifo': { bash: 'as_he mkfifo /tmp/state', state: '/tmp/state', why: /is not a directory/ },
  'his file': { bash: 'as_he touch /tmp/state', state: '/tmp/state', why: /is not a directory/ },
  'his hard link': {
    bash: 'as_he ln /tmp/common /tmp/state',
    state: '/tmp/state',
    why: /is not a directory/,
  },
  'his directory': { bash: 'his /tmp/state', state: '/tmp/state', why: /belongs to user/ },
  'a directory that all can write': {
    bash: 'mkdir /tmp/state; chmod 1777 /tmp/state',
    state: '/tmp/state',
    why: /can be written by others/,
  },
  ...Object.fromEntries(
    ['pods', 'networks', 'leases'].flatMap((name) => [
      [
        `with ${name} his`,
        {
          bash: `mkdir -m 700 /run/state; mkdir /run/state/${name}; chown ${STRANGER} /run/state/${name}`,
          state: '/run/state',
          why: new RegExp(`/run/state/${name} belongs to user`),
        },
      ],
      [
        `with ${name} a link`,
        {
          bash: `mkdir -m 700 /run/state; ln -s /tmp/victim /run/state/${name}`,
          state: '/run/state',
          why: new RegExp(`/run/state/${name} is a symbolic link`),
        },
      ],
      [
        `with ${name} a fifo`,
        {
          bash: `mkdir -m 700 /run/state; mkfifo /run/state/${name}`,
          state: '/run/state',
          why: new RegExp(`/run/state/${name} is not a directory`),
        },
      ],
    ]),
  ),
};

/** Where something is planted in a state directory of the other user: each path that nslab opens or creates. */
const PATHS = [
  ...['pods', 'pods/p', 'networks', 'leases', 'leases/default', '.made-run-netns', 'networks/default.json'],
  ...[
    'lock',
    'alive',
    'intent.json',
    'status.json',
    'transcript.jsonl',
    'applets',
    'workloads',
    'etc',
    'files',
  ].map((name) => `pods/p/${name}`),
  ...['spec.json', 'status', 'log', 'stage'].map((name) => `pods/p/workloads/w/${name}`),
];

const HELPERS = `
as_he() { setpriv --reuid ${STRANGER} --regid ${STRANGER} --clear-groups "$@"; }
his() { as_he mkdir -m 755 "$1"; }
`;

const VERBS = [['ps'], ['hold', 'p', '--network', 'none'], ['down', 'p'], ['gc']] as const;
/** A reading and a creating verb, where all verbs would take too long. */
const SOME = process.env.NSLAB_CAMPAIGN ? VERBS : VERBS.slice(0, 2);

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test(
    'a state directory that a stranger has a hand in is refused, with the reason, and nothing is written',
    (t) =>
      onFreshHost(
        t,
        async (host) => {
          await sh(
            host,
            'his /tmp/victim; echo precious > /tmp/victim/file; touch /tmp/common; chown nobody /tmp/common',
          );
          // The other user has no privileges. fs.protected_symlinks and the like do not protect /tmp on every machine.
          t.not(
            (await host.host.run(['bash', '-c', `${HELPERS} as_he touch /run/x`])).status,
            0,
            'control: he has no right',
          );
          for (const [place, [where, { bash, state, why }]] of Object.entries(PLACES).entries()) {
            const verbs = place < 3 ? VERBS : SOME;
            await sh(host, bash);
            const before = await everything(host);
            const results = await Promise.all(
              verbs.map((verb) => host.nslab(['--state-dir', state, ...verb])),
            );
            for (const [index, { status, stderr }] of results.entries()) {
              t.ok(
                status === 2 && why.test(stderr),
                `${where}: ${verbs[index]?.[0]}: ${status} ${stderr.split('\n')[0]}`,
              );
            }
            t.same(await everything(host), before, `${where}: nothing was written`);
            await sh(host, 'rm -rf /tmp/his /tmp/open /tmp/way /run/way /run/safe /tmp/state /run/state');
          }
          await sh(host, 'rm -r /tmp/victim /tmp/common');
        },
        { tmp: true },
      ),
  );

  t.test('whatever he planted below: it is not even looked at', (t) =>
    onFreshHost(
      t,
      async (host) => {
        await sh(
          host,
          'his /tmp/victim; echo precious > /tmp/victim/file; mkdir /tmp/victim/d; his /tmp/his',
        );
        const plant = PATHS.map(
          (path, index) =>
            `mkdir -p $(dirname /tmp/his/${path}); ${PLANTS[index % PLANTS.length]} /tmp/his/${path} 2>/dev/null`,
        );
        await sh(host, `as_he bash -c '${plant.join('\n')}\n:'`);
        const before = await everything(host);
        t.ok(before.length > 10, 'control: it is planted');
        for (const verb of VERBS) {
          const { status, stderr } = await host.nslab(['--state-dir', '/tmp/his', ...verb]);
          t.ok(status === 2 && /belongs to user/.test(stderr), `${verb[0]}: ${status} ${stderr}`);
        }
        t.same(await everything(host), before, 'nothing was written');
        await sh(host, 'rm -r /tmp/victim /tmp/his');
      },
      { tmp: true },
    ),
  );

  t.test('what is safe is taken: below root’s own directory, below /tmp, and never by XDG_RUNTIME_DIR', (t) =>
    onFreshHost(
      t,
      async (host) => {
        for (const state of ['/run/deep/state', '/tmp/state', '/var/run/state']) {
          await sh(host, 'mkdir -p -m 755 /run/deep');
          const at = (...args: string[]) => host.must(['--state-dir', state, ...args]);
          await at('hold', 'p', '--network', 'none');
          await at('run', '-d', '--name', 'w', '--pod', 'p', '--', 'sleep', '1000');
          t.match(await at('ps'), /Running/, state);
          await at('down', 'p');
          await sh(host, 'rmdir /run/deep');
        }
        await sh(host, 'his /tmp/his; his /tmp/his/nslab');
        const env = { XDG_RUNTIME_DIR: '/tmp/his' };
        await host.must(['hold', 'p', '--network', 'none'], { env });
        t.equal(
          await sh(host, 'ls -A /tmp/his/nslab; ls /run/nslab/pods'),
          'p\n',
          'root’s is /run/nslab whatever he says',
        );
        await host.must(['down', 'p'], { env });
        await sh(host, 'rm -r /tmp/his');
      },
      { tmp: true },
    ),
  );

  t.test('he races: puts links where the state directory comes and goes', (t) =>
    onFreshHost(
      t,
      async (host) => {
        await sh(
          host,
          'his /tmp/victim; echo precious > /tmp/victim/file; echo root > /run/roots; mkdir /tmp/keep',
        );
        const before = await everything(host, '/tmp/victim /run/roots');
        // In /tmp the other user can create missing files and remove their own: in a loop, for the whole test.
        const racer = host.host.spawn(['bash', '-c', `${HELPERS} as_he perl -e '${RACE}'`], {
          timeout: 3_600_000,
        });
        const rounds = process.env.NSLAB_CAMPAIGN ? 40 : 6;
        let won = 0;
        let refused = 0;
        for (let round = 0; round < rounds; round++)
          for (const verb of [
            ['hold', 'p', '--network', 'none'],
            ['run', '-d', '--name', 'w', '--pod', 'p', '--', 'sleep', '1000'],
            ['gc'],
            ['down', 'p'],
          ]) {
            const { status, stderr, timedOut } = await host.nslab(['--state-dir', '/tmp/state', ...verb]);
            t.notOk(timedOut, `${verb[0]}: no hang`);
            if (status === 0) won++;
            else refused++;
            t.ok(status === 0 || REASONS.test(stderr), `${verb[0]}: ${status} ${stderr}`);
          }
        racer.signal('SIGKILL');
        const { stdout } = await racer.result;
        t.comment(`done ${won}, refused ${refused}; ${stdout.length} links made`);
        t.ok(stdout.length > rounds, 'control: he was there');
        // Removes files that the killed loop left behind. (-O follows symbolic links.)
        await sh(host, '{ [ ! -L /tmp/state ] && [ -O /tmp/state ]; } || rm -rf /tmp/state');
        await host.nslab(['--state-dir', '/tmp/state', 'down', '--all']);
        t.same(
          await everything(host, '/tmp/victim /run/roots'),
          before,
          'nothing was written through his links',
        );
        await sh(host, 'rm -rf /tmp/victim /run/roots /tmp/keep');
      },
      { tmp: true },
    ),
  );
}

/** Commands that plant something; a path is appended. */
const PLANTS = ['ln -s /tmp/victim/file', 'ln -s /tmp/victim/d', 'mkfifo', 'ln /tmp/victim/file', 'mkdir'];

const RACE = `
  $| = 1;
  my @ways = (sub { symlink "/tmp/victim", $_[0] }, sub { symlink "/tmp/victim/new", $_[0] }, sub { mkdir $_[0] }, sub { symlink "/run/roots", $_[0] });
  for (my $n = 0;; $n++) {
    if ($ways[$n % @ways]->("/tmp/state")) { print "." if $n < 1e6; select undef, undef, undef, rand 0.01; unlink "/tmp/state" or rmdir "/tmp/state"; select undef, undef, undef, rand 0.2 }
    else { select undef, undef, undef, 0.0005 }
  }
`.replace(/\s*\n\s*/g, ' ');

/** The allowed errors when the state directory was replaced: a refusal, or that nothing of that name exists. */
const REASONS = /state directory|no such pod|is gone|ENOENT|ENOTDIR|EEXIST|ELOOP/;

async function sh({ host }: KernelHost, script: string): Promise<string> {
  const { status, stdout, stderr } = await host.run(['bash', '-c', `${HELPERS}${script}`]);
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

/** All files below /tmp and /run, with their content. */
async function everything({ host }: { readonly host: PretendHost }, where = '/tmp /run'): Promise<string[]> {
  const list = `find ${where} -printf '%p %M %U %s %T@ %l\\n'; find ${where} -type f -exec sha1sum {} +`;
  return (await host.run(['bash', '-c', list])).stdout.trim().split('\n').sort();
}
