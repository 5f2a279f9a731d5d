import t from 'tap';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

const NEEDS_ROOT = [
  ...[
    'ps',
    'inspect web',
    'logs web',
    'ns',
    'ns why web',
    'transcript web',
    'report web --out /tmp/x',
    'wait web',
  ],
  ...[
    'network ls',
    'network inspect default',
    'gc --dry-run',
    'hold x',
    'hold x --dry-run',
    'down web',
    'stop web',
  ],
  ...[
    'gc',
    'network create n',
    'compare modes',
    'kill web',
    'rm web',
    'restart web',
    'up -d -f -',
    'trace host 127.0.0.1',
    'ping --all',
    'capture host',
    'events',
    'map --watch',
  ],
];

if (requires(t, 'root', 'ip', 'nft'))
  t.test('without root each verb that needs it says so, in one line and a hint', (t) =>
    onFreshHost(t, async ({ host, argv, must, nslab }) => {
      await must(['hold', 'web', '--network', 'none']);
      const input =
        'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: w, image: busybox}]}\n';
      const asNobody = (line: string) => host.run([...NOBODY, ...argv, ...line.split(' ')], { input });
      for (const line of NEEDS_ROOT)
        t.match(
          await asNobody(line),
          {
            status: 1,
            stdout: '',
            stderr: /^nslab: this needs root: [^\n]+\nhint: run nslab as root: sudo nslab …\n$/,
          },
          line,
        );
      for (const line of ['exec web true', 'run --name w --pod web -- true'])
        t.match(
          await asNobody(line),
          { status: 125, stderr: /^nslab: this needs root: [^\n]+\nhint: [^\n]+\n$/ },
          line,
        );
      for (const line of ['map', 'ns --all'])
        t.match(
          await asNobody(line),
          { status: 0, stderr: /^nslab: this needs root: / },
          `${line}: what it can see`,
        );
      t.match(await asNobody('__complete -- inspect w'), { status: 0, stdout: '', stderr: '' });
      for (const line of ['version', 'lab list', 'help', 'completion bash'])
        t.match(await asNobody(line), { status: 0, stderr: '' }, `${line} needs none`);
      t.match(
        await nslab(['ps', '-q']),
        { status: 0, stdout: 'web\n', stderr: '' },
        'root does not read that (control)',
      );
      await must(['down', 'web']);
    }),
  );
