import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { documentSchemas } from '../../src/commands/documents/schemas.ts';
import { mapConcurrently } from '../../src/sys/map-concurrently.ts';
import { nslab } from '../campaign/program.ts';
import { type KernelHost, onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const TYPIST = fileURLToPath(new URL('../commands/typist.py', import.meta.url));
const [DOWN, ENTER, CTRL_C] = ['\u001b[B', '\r', '\u0003'];
const SIGTERM = 15;

/** What is typed, or a signal, and what the terminal then shows; null: the program ends. */
type Line = readonly [keys: string | number, awaited: string | null];

/** Each question of the lab `wire`, the keys that choose "out" there, and what is said of what has run. */
const QUESTIONS: readonly (readonly [asked: string, way: readonly Line[], out: string, said: RegExp])[] = [
  ['before the first step', [['', 'out: leave']], DOWN, /left before the first step; nothing was run/],
  [
    'after a step',
    [[ENTER, 'out: leave']],
    DOWN + DOWN,
    /left after 1 of 3 steps; of their checks 2 hold and 0 failed/,
  ],
  ['at a prediction', [[ENTER, 'Will an echo request']], DOWN + DOWN, /left after 1 of 3 steps/],
  [
    'after the second',
    [[ENTER, 'Look around']],
    DOWN + DOWN,
    /left after 2 of 3 steps.* 3 hold.*\n.*predictions: [01] of 1/s,
  ],
  ['at the last prediction', [[ENTER, 'answered now?']], DOWN + DOWN, /left after 2 of 3 steps/],
  ['after the last step', [[ENTER, 'end: undo']], '', /all checks hold/],
];

if (requires(t, 'root', 'busybox', 'python')) {
  t.test(
    'a lab is left at every question, by Ctrl-C, by a signal and by "out": nothing is left',
    async (t) => {
      const trials = QUESTIONS.flatMap((question, at) => {
        const hows = process.env.NSLAB_CAMPAIGN ? [CTRL_C, SIGTERM] : [at % 2 ? CTRL_C : SIGTERM];
        return (['out', ...hows] as const).map((how) => ({ question, at, how }));
      });
      await mapConcurrently(3, trials, ({ question: [asked, , out, said], at, how }) =>
        onFreshHost(t, async (host) => {
          const way = QUESTIONS.slice(0, at + 1).flatMap(([, lines]) => lines);
          const keys = how === 'out' ? out + ENTER : how;
          const { status, shown } = await typed(
            host,
            [...way, [keys, null]],
            ['lab', 'run', 'wire', '--step'],
          );
          const last = QUESTIONS.length - 1 === at;
          if (how === 'out') {
            t.equal(status, last ? 0 : 130, `${asked}: out`);
            t.match(shown, said, asked);
            if (!last) t.notMatch(shown, /all checks hold/, `${asked}: it is no success`);
          } else {
            t.equal(
              status,
              how === SIGTERM ? 143 : 130,
              `${asked}: ${how === SIGTERM ? 'SIGTERM' : 'Ctrl-C'}`,
            );
            t.match(shown, /interrupted by SIG(INT|TERM): what was begun has been undone/, asked);
          }
        }),
      );
    },
  );

  t.test('one of several labs is left: the others do not begin', (t) =>
    onFreshHost(t, async (host) => {
      const lines: Line[] = [
        ['', 'Start?'],
        [DOWN + ENTER, null],
      ];
      const { status, shown } = await typed(host, lines, ['lab', 'run', 'wire', 'pause', '--step']);
      t.equal(status, 130);
      t.notMatch(shown, /Why a pod has a holder/);
    }),
  );

  t.test('a drill: ten wrong answers, hints, a score, a way out', (t) =>
    onFreshHost(t, async (host) => {
      const drill = ['lab', 'drill', 'wire', '--seed', '2'];
      const right = await choiceOf(host, drill, 'the loopback interface of the pod is down');
      const wrong = String((right % 8) + 1);
      const asked: Line = ['', '? for a hint'];
      const lines: Line[] = [asked, [`?${ENTER}`, 'hint: '], asked];
      for (let n = 0; n < 10; n++) lines.push([wrong + ENTER, 'no, not that'], asked);
      const given = await typed(host, [...lines, [`out${ENTER}`, null]], drill);
      t.equal(given.status, 3);
      t.match(given.shown, /given up. It was: the loopback interface/);
      t.match(flat(given.shown), /score: 0 of 10 \(wrong diagnoses: 10, hints: 1, vain repairs: 0\)/);
      t.match(given.shown, /the pod pings its own address, and no answer comes/);
      const beforeTheAnswer = given.shown.slice(0, given.shown.indexOf('given up'));
      t.notMatch(beforeTheAnswer, /ip link set|lo up\?|is lo up/, 'nothing names the cure before');
      const left = await typed(
        host,
        [
          ['', '? for a hint'],
          [CTRL_C, null],
        ],
        drill,
      );
      t.equal(left.status, 130);
      t.match(left.shown, /interrupted by SIGINT/);
      const vain: Line[] = [
        ['', '? for a hint'],
        [String(right) + ENTER, 'press Enter'],
        [ENTER, 'not yet:'],
        [CTRL_C, null],
      ];
      t.equal((await typed(host, vain, drill)).status, 130, 'at the repair');
    }),
  );

  if (requires(t, 'nft', 'dnsmasq'))
    t.test('a drill of the whole stack is given up with its fault in it: nothing is left', (t) =>
      onFreshHost(t, async (host) => {
        const lines: Line[] = [
          ['', '? for a hint'],
          [`?${ENTER}`, 'hint: '],
          ['', '? for a hint'],
          [`out${ENTER}`, null],
        ];
        // The reverse path filter of a pod with two networks.
        const { status, shown } = await typed(host, lines, ['lab', 'drill', '--seed', '18']);
        t.equal(status, 3);
        t.match(shown, /The whole stack/);
        t.match(flat(shown), /"db", on the routed network, and no answer comes/);
        t.match(flat(shown), /given up. It was: the reverse path filter of the client/);
        t.equal(shown.match(/^ {2}\d {2}/gm)?.length, 8, 'eight diagnoses, all of the stack');
      }),
    );

  t.test('a result file: the questions on stderr, the document on stdout', (t) =>
    onFreshHost(t, async (host) => {
      await host.sh('mkdir /tmp/class');
      const to = (file: string) => ['sh', '-c', `exec "$@" >/tmp/class/${file}`, 'sh', ...nslab.argv];
      const lab: Line[] = [
        [ENTER, 'out: leave'],
        [ENTER, 'Will an'],
        [ENTER, 'Look around'],
      ];
      const end: Line[] = [
        [ENTER, 'answered now?'],
        [ENTER, 'end: undo'],
        [ENTER, null],
      ];
      const words = ['lab', 'run', 'wire', '--step', '-o', 'json'];
      t.equal(
        (await typed(host, [['', 'out: leave'], ...lab, ...end], words, 100, to('ann.json'))).status,
        0,
      );
      const drill = ['lab', 'drill', 'wire', '--seed', '2', '-o', 'json'];
      const asked: Line[] = [
        ['', '? for a hint'],
        [`?${ENTER}`, 'hint: '],
        ['', '? for a hint'],
        [`out${ENTER}`, null],
      ];
      t.equal((await typed(host, asked, drill, 100, to('ann.drill.json'))).status, 3);
      const found = JSON.parse(await host.sh('cat /tmp/class/ann.drill.json'));
      t.match(found, {
        kind: 'DrillReport',
        passed: false,
        score: { points: 0, of: 10 },
        hints: 1,
        wrong: 0,
      });
      const isValid = new Ajv2020({ strict: false }).compile(documentSchemas().DrillReport ?? {});
      t.ok(isValid(found), JSON.stringify(isValid.errors));
      t.notOk(isValid({ ...found, score: 3 }), '(control)');
      const graded = await host.must(['lab', 'grade', '/tmp/class']);
      t.match(graded, /^ann +1\/2 +0\/10 +1\/12 +3 +0:/m, 'of two predictions "yes" one was right');
      await host.sh('rm -r /tmp/class');
    }),
  );

  t.test('text folds at the width of the terminal', (t) =>
    onFreshHost(t, async (host) => {
      for (const columns of [60, 100]) {
        const { shown } = await typed(host, [['', null]], ['lab', 'run', 'wire'], columns);
        const prose = shown
          .split(/\r?\n/)
          .filter((line) => /^ *(Why:|ok|#|\S+ \S+ \S+ )/.test(line) && !/─/.test(line));
        t.ok(prose.length > 20);
        t.same(
          prose.filter((line) => line.length > columns),
          [],
          `${columns} columns`,
        );
        t.ok(
          prose.some((line) => line.length > columns - 15),
          'and not before (control)',
        );
      }
    }),
  );

  t.test('queues of a link are shown with -v only', (t) =>
    onFreshHost(t, async ({ must }) => {
      t.notMatch(await must(['lab', 'run', 'wire']), /numtxqueues/);
      t.match(await must(['lab', 'run', 'wire', '-v']), /\$ ip .*numtxqueues 1 numrxqueues 1/, '(control)');
    }),
  );
}

/** Types at nslab in a terminal. */
async function typed(
  { host }: KernelHost,
  lines: readonly Line[],
  words: readonly string[],
  columns = 100,
  argv = nslab.argv,
): Promise<{ status: number; shown: string }> {
  const sized = ['sh', '-c', `stty cols ${columns} rows 50; exec "$@"`, 'sh', ...argv, ...words];
  const { status, stdout, stderr } = await host.run(['python3', TYPIST, JSON.stringify(lines), ...sized], {
    env: { TERM: 'xterm', NO_COLOR: '1', LC_ALL: 'C.UTF-8' },
  });
  if (stderr.includes('typist:')) throw new Error(`${stderr}\n${stdout}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor
  return { status, shown: stdout.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '') };
}

/** The number of a diagnosis in the list of a drill. */
async function choiceOf(host: KernelHost, drill: readonly string[], what: string): Promise<number> {
  const { shown } = await typed(
    host,
    [
      ['', '? for a hint'],
      [CTRL_C, null],
    ],
    drill,
  );
  const choices = [...shown.matchAll(/^ {2}(\d) {2}(.*)\r?$/gm)];
  if (choices.length !== 8)
    throw new Error(`a drill offers eight diagnoses, and not ${choices.length}: ${shown}`);
  return Number(choices.find(([, , said]) => said?.trim() === what)?.[1]);
}

function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}
