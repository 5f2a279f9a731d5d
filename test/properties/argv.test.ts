import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { bundle } from '../bundle.ts';
import { collapsed, leftBehind } from '../campaign/left-behind.ts';
import { PretendHost } from '../campaign/pretend-host.ts';
import { nslab } from '../campaign/program.ts';
import { processStart } from '../process-starts.ts';
import { requires } from '../requires.ts';
import type { Outcome } from './argv-probe.ts';

/** The number of command lines. */
const LINES = process.env.NSLAB_CAMPAIGN ? 50_000 : 1000;
/** The number of command lines that also run as a process of their own. */
const PROCESSES = process.env.NSLAB_CAMPAIGN ? 500 : 16;
const SEED = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 30));

const VERBS = [
  ...[
    'up',
    'hold',
    'down',
    'ns',
    'inspect',
    'run',
    'exec',
    'ps',
    'logs',
    'stop',
    'kill',
    'wait',
    'restart',
    'rm',
  ],
  ...['network', 'gc', 'version', 'doctor', 'hodl', ''],
];

/** Words with a meaning in some command line: mostly at a wrong place here. */
const WORDS = [
  ...[
    'create',
    'ls',
    'inspect',
    'rm',
    'a',
    'web',
    'a/b',
    'a/b/c',
    '/',
    '..',
    '-',
    '--',
    '',
    ' ',
    'é',
    '\u202e',
    '1',
  ],
  ...[
    '--network',
    '--name',
    '--pod',
    '--ip',
    '-p',
    '--publish',
    '--share',
    '--hostname',
    '--subnet',
    '--mtu',
  ],
  ...[
    '--type',
    '--all',
    '-f',
    '-d',
    '--detach',
    '--rm',
    '--ipc',
    '--pid',
    '--uts',
    '-e',
    '-w',
    '-u',
    '--volume',
  ],
  ...['--restart', '--stop-timeout', '-o', '-q', '--no-headers', '-s', '--tail', '--dry-run', '--state-dir'],
  ...[
    '-v',
    '--color',
    '--transcript',
    '--help',
    '-h',
    '--privileged',
    '--force',
    '--image',
    '--',
    '--x=y',
    '-xyz',
  ],
  ...[
    'none',
    'host',
    'container:a',
    'container:',
    'default',
    '8080:80',
    '80',
    '10.244.0.9',
    '10.0.0.0/24',
    'json',
  ],
  ...[
    'yaml',
    'table',
    'name',
    'net,ipc',
    'pid',
    'A=1',
    'always',
    'no',
    '0',
    '-1',
    '1e9',
    '/tmp:/x',
    '__proto__',
  ],
  ...['constructor', 'toString', 'true', 'x'.repeat(300)],
];

const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WORDS) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0')),
  },
);
/** These two would write files to a place that the test does not check. */
const ELSEWHERE = ['--state-dir', '--transcript'];
const line = fc
  .tuple(fc.constantFrom(...VERBS), fc.array(word, { maxLength: 7 }))
  .map(([verb, words]) => [
    ...(verb === '' ? [] : [verb]),
    ...words.filter((text) => !ELSEWHERE.includes(text)),
  ]);

if (requires(t, 'root', 'ip', 'nft')) {
  t.comment(`NSLAB_SEED=${SEED}`);
  const lines = fc.sample(line, { numRuns: LINES, seed: SEED });

  t.test(`${LINES} lines of any words: never an error that nobody foresaw, and none hangs`, async (t) => {
    const probe = await bundle(t, new URL('argv-probe.ts', import.meta.url));
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    const before = await host.snapshot();
    const outcomes = await attempted(host, probe, lines);
    // S5: what waits for something that does not come waits for ten seconds or more; any other line is a few starts.
    const start = await processStart();
    const most = 100 * start;
    const counts = new Map<string, number>();
    for (const [index, { kind, message, ms }] of outcomes.entries()) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      const words = JSON.stringify(lines[index]);
      if (kind === 'unforeseen') t.fail(`${words}: ${message}`);
      if (ms > most) t.fail(`${words}: ${Math.round(ms)} ms, and a process start takes ${Math.round(start)}`);
      if (message.includes('\n') && (kind === 'input' || kind === 'operation'))
        t.match(message, /exists and is not/, `${words}: one line`);
    }
    t.equal(outcomes.length, lines.length, 'each has its end');
    t.comment(Object.fromEntries(counts));
    for (const kind of ['done', 'usage', 'input', 'operation'])
      t.ok((counts.get(kind) ?? 0) > LINES / 1000, `${kind} happens (control)`);
    const down = await host.run([...nslab.argv, 'down', '--all']);
    t.equal(down.status, 0, down.stderr);
    const networks = (await host.run([...nslab.argv, 'network', 'ls', '-q'])).stdout.trim();
    if (networks !== '') await host.run([...nslab.argv, 'network', 'rm', ...networks.split('\n')]);
    t.same(collapsed(await leftBehind(host, before)), [], 'nothing is left');
  });

  t.test(`${PROCESSES} of them as processes: exit status, and no stack trace`, async (t) => {
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    for (const words of lines.slice(0, PROCESSES)) {
      const { status, stderr, timedOut } = await host.run([...nslab.argv, ...words]);
      const told = stderr.split('\n').filter((text) => /^\s+at |node:internal|Error:/.test(text));
      t.same({ told, timedOut }, { told: [], timedOut: false }, JSON.stringify(words));
      t.ok([0, 1, 2, 125, 126, 127].includes(status), `status ${status}`);
    }
    await host.run([...nslab.argv, 'down', '--all']);
  });
}

/** In batches: a command that hangs must not lose the results of all others. */
async function attempted(host: PretendHost, probe: string, lines: readonly string[][]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < lines.length; at += 500) {
    const input = lines
      .slice(at, at + 500)
      .map((words) => JSON.stringify(words))
      .join('\n');
    const { status, stdout, stderr } = await host.run(['node', probe], { input, timeout: 20 * 60_000 });
    // Killed by itself when it has answered: some line may have left a timer or a child.
    if (status !== 137 || stdout === '') throw new Error(`lines ${at}…: status ${status}: ${stderr}`);
    outcomes.push(...(JSON.parse(stdout) as Outcome[]));
  }
  return outcomes;
}
