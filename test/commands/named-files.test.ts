import t from 'tap';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const pod = (name: string, more = '') =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: w, image: busybox, command: [sleep, "9"]${more}}]}\n`;

if (requires(t, 'root', 'ip', 'nft', 'busybox'))
  t.test('files and directories that are named on the command line', (t) =>
    onFreshHost(t, async ({ nslab, must, sh }) => {
      await sh('mkdir -p /tmp/m/below /tmp/empty');
      for (const [file, text] of [
        ['b.yaml', pod('b')],
        ['a.yml', pod('a')],
        [
          'c.json',
          JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: {} }),
        ],
        ['notes.txt', 'no: [manifest'],
        ['below/d.yaml', pod('d')],
      ] as const)
        await sh(`cat >/tmp/m/${file} <<'END'\n${text}\nEND`);
      await must(['up', '-d', '-f', '/tmp/m', '--network', 'none']);
      t.equal(
        await must(['ps', '-q', '--filter', 'name=/pause']),
        'a\nb\n',
        'the files of a directory, and not those below',
      );
      t.equal(await must(['down', '-f', '/tmp/m']), 'a\nb\n');
      t.match(await nslab(['up', '-f', '/tmp/empty']), {
        status: 2,
        stderr: /\/tmp\/empty has no \.yaml, \.yml or \.json file/,
      });
      t.match(
        await nslab(['up', '-f', '/tmp/m/notes.txt']),
        { status: 2 },
        'one that is named is read (control)',
      );

      await must(['hold', 'web', '--network', 'none']);
      t.match(await nslab(['report', 'web', '--out', '/tmp/no/x.html']), {
        status: 1,
        stderr:
          /^nslab: cannot write \/tmp\/no\/x\.html: ENOENT \([^)]+\)\nhint: make its directory first: mkdir -p \/tmp\/no\n$/,
      });
      t.match(await nslab(['report', 'web', '--out', '/tmp/m']), {
        status: 1,
        stderr: /EISDIR .*\nhint: it is a directory/,
      });
      await must(['report', 'web', '--out', '/tmp/m/x.html']);

      const why = await nslab(['ns', 'why', 'web']);
      t.match(why, { status: 0, stderr: /net:\[\d+\] of pod web/ });
      for (const kind of ['net', 'ipc', 'uts'])
        t.match(why.stdout, new RegExp(`^${kind}:\\[\\d+\\] +\\S.*pause`, 'm'));
      const { items } = JSON.parse(await must(['ns', 'why', 'web', '-o', 'json'])) as {
        items: { namespace: { kind: string; inode: number }; items: object[] }[];
      };
      const holder = await sh('readlink /proc/$(pgrep -x pause)/ns/net');
      const net = items.find(({ namespace }) => namespace.kind === 'net');
      t.equal(`net:[${net?.namespace.inode}]\n`, holder, 'the inode that the kernel says');
      t.notOk(
        items.some(({ namespace }) => namespace.kind === 'user'),
        'not those of the host (control)',
      );
      const one = JSON.parse(await must(['ns', 'why', `${net?.namespace.inode}`, '-o', 'json'])) as object;
      t.same(one, { apiVersion: 'nslab/v1', kind: 'NamespaceHolds', ...net }, 'the same as by its inode');
      await must(['down', 'web']);

      const odd = `${pod('u', ', securityContext: {procMount: Unmasked}')}---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: s}\nspec: {}\n`;
      const ignored = await nslab(['up', '--dry-run', '--ignore-unsupported', '-f', '-'], { input: odd });
      t.match(
        ignored.stderr,
        /spec\.containers\[0\]\.securityContext\.procMount: "Unmasked" is not supported and is ignored: /,
        'the value',
      );
      t.match(ignored.stderr, /kind: Widget.* is not supported and is ignored: /, 'and the kind');
      await sh('rm -r /tmp/m /tmp/empty');
    }),
  );
