import { randomInt } from 'node:crypto';
import t from 'tap';
import type { Result } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import { randomNumbers } from '../campaign/random.ts';
import { requires } from '../requires.ts';
import { listed } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

// R5. In an ordinary run a quarter of the forty, because two cores are what they queue for.
const FULL = process.env.NSLAB_CAMPAIGN !== undefined;
const PROCESSES = FULL ? 40 : 12;
const EACH = 5;
/** Verbs of each of the four who cook the soup. */
const VERBS = FULL ? 150 : 16;

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test(`${PROCESSES} processes make ${EACH} pods each: every address is one pod's`, (t) =>
    onFreshHost(t, async (host) => {
      const line = `for n in $(seq ${EACH}); do ${program.argv.join(' ')} hold p$0-$n || exit; done`;
      const all = await Promise.all(
        Array.from({ length: PROCESSES }, (_, n) => host.host.run(['bash', '-c', line, String(n)])),
      );
      t.same(complaints(all), [], 'all of them succeed');
      const holders = [...(await listed(host)).values()].filter(({ role }) => role === 'holder');
      t.equal(holders.length, PROCESSES * EACH, 'the pods');
      t.equal(new Set(holders.map(({ address }) => address)).size, PROCESSES * EACH, 'distinct, says nslab');
      // The witness: what the kernel has in each namespace, not what we have written down.
      const seen = await host.sh(
        "for name in $(ls /run/netns); do ip -n $name -o -4 addr show eth0; done | awk '{ print $4 }'",
      );
      t.equal(new Set(seen.trim().split('\n')).size, PROCESSES * EACH, 'distinct, says the kernel');
      await host.must(['down', '--all']);
    }),
  );

  t.test('20 want the same name: exactly one gets it, 19 are told that it exists', (t) =>
    onFreshHost(t, async (host) => {
      const all = await Promise.all(Array.from({ length: 20 }, () => host.nslab(['hold', 'web'])));
      t.equal(all.filter(({ status }) => status === 0).length, 1, 'one winner');
      const losers = all.filter(({ status }) => status !== 0);
      t.equal(losers.length, 19);
      for (const { status, stdout, stderr } of losers)
        t.match(
          { status, stdout, stderr },
          {
            status: 1,
            stdout: '',
            stderr: /^nslab: pod "web" exists already\nhint: .*\n$/,
          },
        );
      t.equal((await listed(host)).get('web/pause')?.state, 'Running', "the winner's pod is whole");
      t.equal(await host.must(['exec', 'web', 'cat', '/proc/sys/kernel/hostname']), 'web\n');
      await host.must(['down', 'web']);
    }),
  );

  t.test(`a soup of ${4 * VERBS} verbs`, (t) =>
    onFreshHost(t, async (host) => {
      const seed = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 30));
      t.comment(`NSLAB_SEED=${seed}`);
      const random = randomNumbers(seed);
      const counts = new Map<string, number>();
      const wrong: string[] = [];
      const judge = (what: string, result: Result, allowed: RegExp): void => {
        counts.set(what, (counts.get(what) ?? 0) + 1);
        // R5: a lock is waited for 30 s at most, and then that is an error, and no deadlock.
        if (result.timedOut) wrong.push(`${what}: it hangs`);
        else if (result.status !== 0 && !allowed.test(result.stderr))
          wrong.push(`${what}: ${result.status} ${result.stderr}`);
      };
      // Each cook has a name of his own, which nobody else may break; and all have one in common, for which they quarrel.
      const cook = async (own: string): Promise<void> => {
        const run = verb(host, judge);
        for (let n = 0; n < VERBS; n++) {
          const wish = random();
          if (wish < 0.5) await ownPod(run, own, wish < 0.25);
          else if (wish < 0.6) await run(['hold', 'common'], /exists already|is gone/);
          else if (wish < 0.7) await run(['down', '--ignore-not-found', 'common'], NOTHING);
          else if (wish < 0.8) await run(['ps', '-a'], NOTHING);
          else if (wish < 0.9) await run(['gc'], NOTHING);
          else await run(['down', '--ignore-not-found', `${own}-never`], NOTHING);
        }
      };
      await Promise.all(['a', 'b', 'c', 'd'].map(cook));
      t.comment(Object.fromEntries(counts));
      t.same(wrong, [], 'no create is broken, nothing is locked for ever');
      t.ok((counts.get('hold') ?? 0) + (counts.get('up') ?? 0) > 4, 'something was made at all (control)');
      t.same((await host.nslab(['down', '--all'])).status, 0);
      t.match(await host.nslab(['gc']), { status: 0, stdout: '' }, 'and gc finds nothing');
    }),
  );
}

type Run = (args: readonly string[], allowed: RegExp, input?: string) => Promise<Result>;

const NOTHING = /^(?!)/;

function verb(host: KernelHost, judge: (what: string, result: Result, allowed: RegExp) => void): Run {
  return async (args, allowed, input = '') => {
    const result = await host.nslab(args, { input });
    judge(args[0] ?? '', result, allowed);
    return result;
  };
}

/** Made, seen to work, and taken down: that gc and the others come by meanwhile must not be noticed. */
async function ownPod(run: Run, name: string, byManifest: boolean): Promise<void> {
  const pod = `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { containers: [{ name: w, image: busybox, command: [sleep, '1000'] }] }`;
  await (byManifest ? run(['up', '-d', '-f', '-'], NOTHING, pod) : run(['hold', name], NOTHING));
  await run(['exec', name, 'busybox', 'ip', 'route', 'get', '192.0.2.1'], NOTHING);
  await run(['down', name], NOTHING);
}

function complaints(results: readonly Result[]): string[] {
  return results.filter(({ status }) => status !== 0).map(({ status, stderr }) => `${status}: ${stderr}`);
}
