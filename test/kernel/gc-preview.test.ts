import t from 'tap';
import { leftBehind } from '../campaign/left-behind.ts';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

const NSLAB = program.argv.join(' ');

/** One of each kind that gc removes, beside a pod that is sound. The strace kills a `hold` in its wiring. */
const LITTER = `
${NSLAB} hold sound; ${NSLAB} hold web; ${NSLAB} network create mine --subnet 10.88.0.0/24
for w in w v; do ${NSLAB} run -d --name $w --pod web -- sleep 1000; done
strace -qq -o /dev/null -e trace=setns -e inject=setns:signal=SIGKILL:when=3 ${NSLAB} hold half --driver ip && exit 1
cd /run/nslab
rm pods/web/workloads/w/spec.json
rm -r pods/web/workloads/v
sed 's/"sound"/"nobody"/' leases/default/10.244.0.2 > leases/default/10.244.0.77
sed -i 's/"ready":true/"ready":false/' networks/mine.json
mkdir pods/.new-0123456789ab
while pgrep -x 'ip|nft'; do sleep 0.02; done # what the killed one had started ends`;

const FOUND = [
  'draft .new-0123456789ab: its maker was killed',
  'lease default/10.244.0.77: its pod is gone',
  'network mine: no pod uses it',
  'pod half: its creator was killed before it was committed',
  'workload web/v: its record was removed',
  'workload web/w: its creator was killed before it was started',
];

if (requires(t, 'root', 'ip', 'nft', 'strace')) {
  t.test('gc --dry-run says what gc will remove, and why, and changes nothing', (t) =>
    onFreshHost(t, async ({ host, must, nslab, sh }) => {
      t.equal(await must(['gc', '--dry-run']), '', 'where there is nothing: nothing (control)');
      await sh(`{ ${LITTER}\n} >/dev/null 2>&1`);
      const before = await host.snapshot();
      const planned = await must(['gc', '--dry-run']);
      t.same(
        planned.split('\n').filter(Boolean).sort(),
        FOUND.map((line) => `would remove ${line}`),
      );
      t.same(await leftBehind(host, before), [], 'and nothing is changed');

      const locked = (pod: string, words: string): Promise<string> =>
        sh(`exec 9<>/run/nslab/pods/${pod}/lock; flock 9; ${NSLAB} ${words} 2>&1 | grep ${pod}`);
      const left = (pod: string): string =>
        `nslab: pod "${pod}" is left alone: another nslab has its lock, or a tool of one that was killed\n`;
      t.equal(
        await locked('half', 'gc --dry-run'),
        left('half'),
        'of what somebody is at work on only that is said',
      );

      const removed = (await must(['gc'])).split('\n').filter(Boolean).sort();
      // Which goes with the pod that is removed first, and is not told a second time.
      const told = FOUND.filter((line) => !line.startsWith('network'));
      t.same(
        removed,
        told.map((line) => `removed ${line}`),
        'it was what gc then did',
      );
      t.notMatch(await must(['network', 'ls']), 'mine');
      t.equal(await locked('sound', 'gc'), left('sound'), 'and gc itself says so');
      t.equal(await must(['gc', '--dry-run']), '');
      for (const name of ['web', 'sound']) t.equal((await nslab(['down', name])).status, 0);
    }),
  );
}
