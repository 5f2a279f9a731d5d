import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

// R1, again and again: the host as before (onFreshHost looks), and in the kernel nothing that grows.
const FULL = process.env.NSLAB_CAMPAIGN !== undefined;
const CYCLES = FULL ? 200 : 5;
const ARTICLE = fileURLToPath(new URL('../../scripts/labs/two-containers.yaml', import.meta.url));

/**
 * What each cycle makes of a kind, and how many may be there more than before: the kernel frees late, and counts a
 * processor's own slabs as full. Of 200 that were kept none would go unseen.
 */
const DRIFT = { net_namespace: 10, pid_namespace: 60, uts_namespace: 60, mnt_cache: 150 } as const;

type Kind = keyof typeof DRIFT;
const KINDS = Object.keys(DRIFT) as Kind[];

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox')) {
  t.test(`${CYCLES} times up and down of the article's pod`, (t) =>
    onFreshHost(t, async ({ must }) => {
      const cycle = async (): Promise<void> => {
        await must(['up', '-d', '-f', ARTICLE]);
        await must(['down', 'pod-two-container']);
      };
      await cycle(); // what is loaded or cached for good comes with the first
      const counts = slabs();
      for (let n = 0; n < CYCLES; n++) await cycle();
      if (!counts) return t.comment('no /proc/slabinfo here');
      // The counts are the whole machine's: in an ordinary run other tests make and free the same things beside this one.
      if (FULL) t.ok(await eventually(() => grown(counts).length === 0), grown(counts).join());
      t.comment(KINDS.map((kind) => `${kind} ${counts[kind]} → ${slabs()?.[kind]}`).join(', '));
    }),
  );

  if (FULL)
    t.test('negative control: what is kept is seen in the counts', (t) =>
      onFreshHost(t, async ({ sh }) => {
        const counts = slabs();
        if (!counts) return t.comment('no /proc/slabinfo here');
        const kept = 'for i in {1..40}; do unshare --net sleep 1000 & done >/dev/null 2>&1; jobs -p';
        const pids = await sh(kept);
        t.ok(await eventually(() => grown(counts).some((line) => line.startsWith('net_namespace'))));
        await sh(`kill ${pids.split('\n').join(' ')}`);
      }),
    );
}

/** The kernel's objects in use, by kind; undefined where it does not tell, or has merged them with others. */
function slabs(): Readonly<Record<Kind, number>> | undefined {
  try {
    const lines = readFileSync('/proc/slabinfo', 'utf8').split('\n');
    const count = (kind: Kind): number =>
      Number(lines.find((line) => line.startsWith(`${kind} `))?.split(/ +/)[1] ?? 0);
    return Object.fromEntries(KINDS.map((kind) => [kind, count(kind)])) as Record<Kind, number>;
  } catch {
    return undefined;
  }
}

function grown(before: Readonly<Record<Kind, number>>): string[] {
  const now = slabs();
  return KINDS.filter((kind) => (now?.[kind] ?? 0) > before[kind] + DRIFT[kind]).map(
    (kind) => `${kind}: ${before[kind]} → ${now?.[kind]}`,
  );
}
