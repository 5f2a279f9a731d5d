import t from 'tap';
import { eventually, until } from '../eventually.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const POD = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 600
  volumes: [{name: gate, hostPath: {path: /tmp/gate}}]
  initContainers:
  - {name: migrate, image: busybox, volumeMounts: [{name: gate, mountPath: /gate}], command: [sh, -c, 'until [ -e /gate/go ]; do sleep 0.1; done']}
  containers:
  - name: stubborn
    image: busybox
    volumeMounts: [{name: gate, mountPath: /gate}]
    command: [sh, -c, 'trap : TERM; touch /gate/runs; until [ -e /gate/end ]; do sleep 0.1; done']
`;

/** Control sequences of the line: back to its beginning, erase it. */
const ERASE = '\r\u001b[K';

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'script'))
  t.test('long work shows on a terminal what it waits for, and nothing in a pipe', (t) =>
    onFreshHost(t, async ({ host, argv, sh, nslab, must }) => {
      await sh(`mkdir /tmp/gate; cat >/tmp/gate/pod.yaml <<'END'\n${POD}END`);
      const up = ['up', '-d', '--wait', '--network', 'none', '--allow-host-path', '-f', '/tmp/gate/pod.yaml'];
      const running = () => until(async () => (await sh('ls /tmp/gate')).includes('runs'));
      /** Runs it in a terminal, whose screen is written to a file; opens the gate when that shows the text. */
      const shown = async (words: readonly string[], awaited: string, gate: string, term = 'xterm') => {
        const line = `${[...argv, ...words].join(' ')}; echo status $?`;
        const typed = host.spawn(['script', '-qfc', line, '/tmp/screen'], { env: { TERM: term } });
        const screen = () => sh('cat /tmp/screen 2>/dev/null || :');
        if (awaited === '') await sh('sleep 1.5');
        const seen = awaited === '' || (await eventually(async () => (await screen()).includes(awaited)));
        await sh(`touch /tmp/gate/${gate}`);
        await typed.result;
        return { seen, screen: await screen() };
      };
      const made = await shown(up, 'waiting for pod web: init container "migrate" runs (', 'go');
      t.ok(made.seen, 'up: the init container that it waits for', made);
      t.ok(made.screen.includes(`${ERASE}status 0`), 'the line is erased at the end', made);
      t.match(made.screen, 'status 0');
      await running();
      const gone = await shown(['down', '--all'], 'taking down pod web: web/stubborn still to end (', 'end');
      t.ok(gone.seen, 'down: the workload that it waits for', gone);
      t.ok(gone.screen.includes(`${ERASE}web\r\n`));

      // The same in a pipe, and on a terminal that cannot erase (controls).
      const inPipe = async (words: readonly string[], gate: string) => {
        const piped = host.spawn([...argv, ...words]);
        await sh('sleep 1.5');
        await sh(`touch /tmp/gate/${gate}`);
        return piped.result;
      };
      await sh('rm /tmp/gate/go /tmp/gate/end /tmp/gate/runs');
      // On a slow machine a state that passes by is seen, and told.
      t.match(
        await inPipe(up, 'go'),
        { status: 0, stdout: 'web\n', stderr: /^(nslab: pod "web": [\w:/]+, 0\/1 ready\n)*$/ },
        'up in a pipe: no line that is erased',
      );
      await running();
      t.match(
        await inPipe(['down', '--all'], 'end'),
        { status: 0, stdout: 'web\n', stderr: '' },
        'down: nothing',
      );
      await sh('rm /tmp/gate/go /tmp/gate/end /tmp/gate/runs /tmp/screen');
      const dumb = await shown(up, '', 'go', 'dumb');
      await running();
      t.notMatch(dumb.screen, /waiting for pod/, 'nor on a dumb terminal');
      await sh('touch /tmp/gate/end');
      t.match(await nslab(['down', 'web']), { status: 0 });
      await must(['gc']);
      await sh('rm -r /tmp/gate /tmp/screen');
    }),
  );
