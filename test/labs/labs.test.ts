import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { LabReport } from '../../src/lab/json-reporter.ts';
import { mapConcurrently } from '../../src/sys/map-concurrently.ts';
import { bundle } from '../bundle.ts';
import { type KernelHost, onFreshHost } from '../kernel/host.ts';
import { processStart } from '../process-starts.ts';
import { requires } from '../requires.ts';

const ALL = readdirSync(new URL('../../scripts/labs', import.meta.url)).flatMap(
  (name) => /^(\d\d-.*)\.ts$/.exec(name)?.[1] ?? [],
);

/** The lab that needs an engine is tested in test/docker/lab.test.ts. */
const FILES = ALL.filter((name) => name !== '09-docker-compare');

/** Milliseconds: what takes longer hangs. */
const LONG = 40 * 60_000;

if (requires(t, 'root', 'nginx', 'busybox', 'nft', 'dnsmasq')) {
  t.test('all labs, one after the other: every check holds, with its evidence', (t) =>
    onFreshHost(t, async ({ nslab }) => {
      const { status, stdout } = await nslab(['lab', 'run', 'all', '-o', 'json'], { timeout: LONG });
      t.equal(status, 0);
      const { items } = JSON.parse(stdout) as { items: (LabReport & { skipped?: string })[] };
      t.equal(items.length, ALL.length, 'one report per file');
      for (const { lab, steps = [], failed, skipped } of items) {
        if (skipped !== undefined) {
          t.equal(lab, 'docker-compare', `only this lab may be skipped: ${skipped}`);
          continue;
        }
        t.equal(failed, 0, lab);
        for (const { id, evidence, checks } of steps) {
          t.ok(Object.values(evidence).flat().length > 0, `${lab}/${id} has evidence`);
          t.strictSame(
            checks.filter(({ holds }) => !holds),
            [],
            `${lab}/${id}: ${checks.length} checks`,
          );
        }
        const predictions = steps.flatMap((step) => step.predictions);
        t.ok(predictions.length >= 2, `${lab} has ${predictions.length} predictions`);
        for (const { id, choices, answer } of predictions) t.ok(choices.includes(answer), `${id}: ${answer}`);
        t.ok(
          steps.some(({ calls }) => calls.length > 0),
          `${lab} reports its calls`,
        );
      }
    }),
  );

  t.test('every check fails under its negative control, and holds again after the repair', async (t) => {
    const probe = await bundle(t, new URL('./probe.ts', import.meta.url));
    const parts = [0, 1, 2].map((place) => ['stack', `${place}/3`]);
    await mapConcurrently(PARALLEL, [...parts, ...FILES.map((file) => [file])], ([file = '', ...part]) =>
      onFreshHost(t, async (host) => {
        const lines = await probeLines(host, probe, 'controls', file, ...part);
        t.ok(lines.length > 0, `${file}: ${lines.length} controls`);
        for (const { check, broken, repaired, control } of lines) {
          t.type(broken, 'string', `${file}: ${check} fails by ${control}: ${broken}`);
          t.equal(repaired, undefined, `${file}: ${check} holds again after the repair`);
        }
      }),
    );
  });

  t.test(
    'drills: symptoms, a wrong answer is refused, a correct one is accepted, nothing is left',
    async (t) => {
      const probe = await bundle(t, new URL('./probe.ts', import.meta.url));
      const many = process.env.NSLAB_CAMPAIGN === undefined ? DRILLS : 100;
      const from = (part: number) => Math.floor((part * many) / PARALLEL);
      const ofAll = Array.from({ length: PARALLEL }, (_, part) => ({
        first: from(part),
        count: from(part + 1) - from(part),
        files: [...FILES, 'stack'],
      }));
      const parts = [...ofAll, { first: WHOLE, count: 1, files: ['stack'] }];
      const lines: Line[] = [];
      await mapConcurrently(PARALLEL, parts, ({ first, count, files }) =>
        onFreshHost(t, async (host) => {
          lines.push(...(await probeLines(host, probe, 'drills', String(first), String(count), ...files)));
        }),
      );
      t.equal(lines.length, many + 1);
      t.ok(
        new Set(lines.map(({ lab, fault }) => `${lab} ${fault}`)).size >= Math.min(12, lines.length),
        'many different faults',
      );
      for (const { seed, lab, fault, symptoms, hint, choices, notYet, ...result } of lines) {
        t.ok(Number(symptoms) >= 1, `seed ${seed}, ${lab}: ${fault} has ${symptoms} symptoms`);
        t.equal(choices, 8);
        t.type(hint, 'string');
        t.same(
          result,
          { passed: true, score: 6, of: 10, wrong: 1, hints: 1, vain: 1, tries: 4 },
          `${lab}: ${fault}: a wrong diagnosis and a repair that mends nothing are refused and cost points, a hint costs one: ${notYet}`,
        );
      }
    },
  );

  t.test('back after each step, and on', async (t) => {
    const probe = await bundle(t, new URL('./probe.ts', import.meta.url));
    await mapConcurrently(PARALLEL, FILES, (file) =>
      onFreshHost(t, async (host) => {
        const [{ steps, started, failed, withoutPurpose } = {}] = await probeLines(host, probe, 'back', file);
        t.strictSame(failed, [], `${file}: every check holds, also the second time`);
        t.strictSame(withoutPurpose, [], `${file}: every call says what it is for`);
        t.ok((started as number[]).length > Number(steps), `${file}: ${started}`);
      }),
    );
  });

  t.test('two at once', (t) =>
    onFreshHost(t, async ({ nslab }) => {
      const both = await Promise.all([1, 2].map(() => nslab(['lab', 'run', 'shared-network', '-o', 'json'])));
      for (const { status, stdout } of both) {
        t.equal(status, 0);
        t.match(JSON.parse(stdout).items, [{ failed: 0 }]);
      }
    }),
  );

  t.test('interrupted at any moment', async (t) => {
    for (const [signal, moments] of process.env.NSLAB_CAMPAIGN
      ? ([
          ['SIGINT', [4, 9, 15]],
          ['SIGKILL', [5, 11]],
        ] as const)
      : ([
          ['SIGINT', [9]],
          ['SIGKILL', [5]],
        ] as const))
      for (const moment of moments)
        await onFreshHost(t, async ({ host, must, nslab }) => {
          const { argv } = (await import('../campaign/program.ts')).nslab;
          const { signal: by, status } = await host.run([...argv, 'lab', 'run', 'shared-network'], {
            during: async (running) => {
              await sleep(moment * (await processStart()));
              running.child.kill(signal);
              running.signal(signal);
            },
          });
          t.ok([130, 0, 137].includes(status), `${signal} after ${moment} process starts: ${by ?? status}`);
          if (signal === 'SIGKILL') await must(['gc']);
          t.equal((await nslab(['ps', '-aq'])).stdout, '');
        });
  });

  t.test('errors, list and show', (t) =>
    onFreshHost(t, async ({ nslab, must }) => {
      t.match(await nslab(['lab', 'run', 'no-such']), {
        status: 2,
        stderr: /no lab "no-such"\nhint: labs: .*shared-network/,
      });
      t.match(await nslab(['lab', 'run', 'shared-network', '--step']), {
        status: 2,
        stderr: /needs a terminal/,
      });
      t.match(await nslab(['lab', 'drill', '--seed', 'x']), {
        status: 2,
        stderr: /--seed "x" is not a seed from 0 to 999999999/,
      });
      const listed = await must(['lab', 'list']);
      for (const file of ALL) t.match(listed, new RegExp(`^${file.slice(3)} `, 'm'));
      t.match(await must(['lab', 'show', 'shared-network']), /1\. A holder is started/);
      t.match(await must(['lab', 'show', 'shared-network', '--lang', 'zh-CN']), /1\. 启动 holder/);
      const inChina = { env: { LC_ALL: undefined, LC_MESSAGES: undefined, LANG: 'zh_CN.UTF-8' } };
      t.match(await must(['lab', 'show', 'shared-network'], inChina), /1\. 启动 holder/);
      t.match(
        await must(['lab', 'show', 'shared-network', '--lang', 'en'], inChina),
        /1\. A holder/,
        '(control)',
      );
      t.match(await nslab(['lab', 'show', 'wire', '--lang', 'xx']), {
        status: 2,
        stderr: /languages: en, zh-CN/,
      });
    }),
  );
}

/** Drills of an ordinary run. */
const DRILLS = 12;

/** And one of the whole stack by this seed: an entry of a UDP connection. */
const WHOLE = 24;

/** Hosts at a time: most of the time is spent waiting for faults to show. */
const PARALLEL = 3;

type Line = Readonly<Record<string, unknown>>;

async function probeLines({ host }: KernelHost, probe: string, ...args: string[]): Promise<Line[]> {
  const { stdout, stderr, status } = await host.run([process.execPath, probe, ...args], { timeout: LONG });
  if (status !== 0) throw new Error(`probe ${args.join(' ')}: status ${status}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}
