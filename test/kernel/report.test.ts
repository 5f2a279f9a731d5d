import { readFileSync } from 'node:fs';
import { JSDOM, VirtualConsole } from 'jsdom';
import t from 'tap';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

/** `nslab report`: a page of a pod that runs, against what the other verbs say of it. */
if (requires(t, 'root')) {
  t.test('a page of a pod', (t) =>
    onFreshHost(t, async ({ host, must, nslab, sh }) => {
      await must(['up', '-d', '-f', '-'], { input: POD });
      await must(['hold', 'neighbour']);
      await must(['report', 'two', '--out', '/tmp/two.html']);
      const html = readFileSync(`/proc/${host.pid}/root/tmp/two.html`, 'utf8');
      const errors: string[] = [];
      const virtualConsole = new VirtualConsole().on('jsdomError', (error) => errors.push(error.message));
      const { document } = new JSDOM(html, { runScripts: 'dangerously', virtualConsole }).window;
      t.strictSame(errors, [], 'its program runs');

      const matrix = JSON.parse(await must(['ns', 'two', '-o', 'json'])) as {
        processes: { name: string; ns: Record<string, { inode: number; same: string }> }[];
      };
      const rows = [...document.querySelectorAll('tbody tr')].map((row) =>
        [...row.children].map((cell) => cell.textContent),
      );
      for (const { name, ns } of matrix.processes) {
        const row = rows.find(([first]) => first === name) ?? [];
        const cells = Object.values(ns).map(({ inode, same }) =>
          same === 'own' ? String(inode) : `= ${same}`,
        );
        t.strictSame(row.slice(2), cells, `${name}: the matrix that ns prints`);
      }
      const calls = (await must(['transcript', 'two', '-o', 'json'])).trim().split('\n');
      t.equal(
        document.querySelectorAll('.events > li').length,
        calls.length,
        'every event of the transcript',
      );
      const picture = document.querySelector('figure svg')?.textContent ?? '';
      for (const seen of ['this host', 'pod two', 'eth0', '10.244.0.2/16', 'nslab0']) t.match(picture, seen);
      t.notMatch(picture, 'neighbour', 'of this pod and the host alone');
      t.notMatch(html, 'a-secret', 'the values of the environment are not in it');
      t.notOk(document.querySelector('#script'), 'nor the script');

      await must(['report', 'two', '--with-script', '--out', '/tmp/two.html']);
      t.match(
        readFileSync(`/proc/${host.pid}/root/tmp/two.html`, 'utf8'),
        'a-secret',
        'which has them all (control)',
      );
      t.equal((await sh('stat -c %a /tmp/two.html')).trim(), '644');
      t.match(await nslab(['report', 'two']), { status: 2, stderr: /needs a file/ });
      t.match(await nslab(['report', 'two', '--out', '/nowhere/x']), {
        status: 1,
        stderr: /cannot write \/nowhere\/x: ENOENT/,
      });
      t.match(await nslab(['report', 'no-such', '--out', '/tmp/x']), { status: 1, stderr: /no such pod/ });
      await sh('rm /tmp/two.html');
      await must(['down', '--all']);
    }),
  );
}

const POD = `apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  containers:
  - {name: one, image: busybox, command: [sleep, '1000'], env: [{name: PASSWORD, value: a-secret}]}
  - {name: other, image: busybox, command: [sleep, '1000']}
`;
