import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { gradeClass, type Results, readResults } from '../../src/lab/grade.ts';
import { nslab } from '../campaign/program.ts';

const lab = (name: string, points: number, of: number, seconds = 60) => ({
  ...{ kind: 'LabReport', lab: name, steps: [], failed: 0, left: false },
  ...{ score: { points, of }, tries: 3, seconds },
});
const run = (...items: object[]) => JSON.stringify({ apiVersion: 'nslab/v1', kind: 'LabReportList', items });
const drill = (seed: number, points: number) =>
  JSON.stringify({
    kind: 'DrillReport',
    lab: 'wire',
    seed,
    score: { points, of: 10 },
    tries: 4,
    seconds: 90.5,
  });
const read = (text: string) => readResults(text) as Results;

t.test('a class is added up', async (t) => {
  const [alice, bob] = gradeClass([
    ['bob', read(run(lab('wire', 0, 0)))],
    [
      'alice',
      read(run(lab('wire', 1, 2), { kind: 'LabReport', lab: 'docker-compare', skipped: 'no engine' })),
    ],
    ['alice', read(run(lab('wire', 2, 2)))],
    ['alice', read(run(lab('wire', 0, 2)))],
    ['alice', read(drill(1, 7))],
    ['alice', read(drill(2, 9))],
  ]);
  t.match(alice, { learner: 'alice', points: 18, of: 22, tries: 17, seconds: 361 });
  t.match(alice?.labs, { wire: { points: 2, of: 2, tries: 9 } }, 'the best try, the time of all');
  t.same(Object.keys(alice?.drills ?? {}), ['wire 1', 'wire 2']);
  t.match(bob, { learner: 'bob', points: 0, of: 0 }, 'a lab that ran unattended has no points');
});

t.test('what is no result is refused', async (t) => {
  for (const text of [
    '',
    '[]',
    '{"kind":"LabReportList"}',
    run(lab('wire', 3, 2)),
    run(lab('wire', -1, 2)),
    drill(1, 11),
  ])
    t.equal(readResults(text), undefined, text.slice(0, 60));
  t.ok(readResults(run(lab('wire', 2, 2))), '(control)');
});

t.test('lab grade prints a table, and says which files are none', async (t) => {
  const directory = t.testdir({
    'alice.json': run(lab('wire', 2, 2)),
    'alice.drill.json': drill(1, 7),
    'notes.txt': 'x',
  });
  const grade = (...words: string[]) => {
    const [file = '', ...argv] = [...nslab.argv, 'lab', 'grade', directory, ...words];
    return spawnSync(file, argv, { encoding: 'utf8' });
  };
  const { status, stdout } = grade();
  t.equal(status, 0);
  t.same(
    stdout.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['LEARNER', 'WIRE', 'DRILLS', 'TOTAL', 'TRIES', 'TIME'],
      ['alice', '2/2', '7/10', '9/12', '7', '2:30'],
      [''],
    ],
  );
  writeFileSync(`${directory}/bob\u001b[2J.json`, 'x');
  const second = grade('-o', 'json');
  t.equal(second.status, 1, 'a file that is none');
  t.match(second.stderr, /bob\\u001b\[2J\.json is no result/);
  t.match(JSON.parse(second.stdout), {
    kind: 'LabGrades',
    items: [{ learner: 'alice' }],
    unreadable: [/bob/],
  });
  mkdirSync(`${directory}/empty`);
  const [file = '', ...argv] = [...nslab.argv, 'lab', 'grade', `${directory}/empty`];
  t.match(spawnSync(file, argv, { encoding: 'utf8' }), { status: 2, stderr: /has no result file/ });
});
