import { readFileSync } from 'node:fs';
import t from 'tap';
import { FACTS } from '../../src/compare/facts.ts';
import { asDocument, asMarkdown, asText } from '../../src/compare/format.ts';
import { REASONS } from '../../src/compare/known-differences.ts';
import { type Recorded, readRecorded } from '../../src/compare/recorded.ts';
import { isExplained, judge, type Row } from '../../src/compare/verdict.ts';

/** Two sides of a real run: Docker 20.10 and nslab, on one Debian 12. `nslab compare docker --save` writes such a file. */
const recorded = (side: string) => readRecorded(new URL(`recorded/${side}.json`, import.meta.url).pathname);
const docker = recorded('docker');
const ours = recorded('nslab');
const rows = judge(docker, ours);

t.test('a real run: each difference has a reason', async (t) => {
  t.same(different(rows), []);
  t.ok(isExplained(rows));
  t.equal(rows.length, FACTS.length, 'every fact is there');
  t.same(different(judge(docker, docker)), [], 'Docker beside itself');
  t.ok(
    judge(docker, docker).every(({ verdict }) => verdict === 'same'),
    'where all is the same',
  );
  t.notOk(
    isExplained(judge(docker, ours, { reasons: [] })),
    'without reasons nothing is explained (control)',
  );
});

t.test('what is planted on either side is one more row', async (t) => {
  for (const [what, fact, value] of [
    ['an ipc namespace of its own', 'ipc', 'pause, busybox: own; nginx: joined'],
    ['another host name', 'hostname', 'other'],
    [
      'a capability more',
      'capabilities',
      'bounding, permitted, effective Docker’s 14 +net_admin; inheritable, ambient none',
    ],
    ['another MTU', 'mtu', 'lo 65536; eth0 1400'],
  ] as const) {
    t.same(different(judge(planted(docker, fact, value), ours)), [fact], `${what}, theirs`);
    t.same(different(judge(docker, planted(ours, fact, value))), [fact], `${what}, ours`);
  }
  t.same(
    different(judge(planted(docker, 'mtu', docker.facts.mtu ?? ''), ours)),
    [],
    'the same again is none (control)',
  );
});

t.test(
  'every reason is of a fact, says where it is written, and is needed or for another machine',
  async (t) => {
    const known = new Set(FACTS.map(({ id }) => id));
    for (const { fact, why, source } of REASONS) {
      t.ok(known.has(fact), `${fact} is a fact`);
      t.match(why, /^\S.*[^.]$/, `${fact}: in one sentence, without its full stop`);
      t.match(source, /\w\(\d\)|^(?:moby|kubernetes|containerd|nslab) \S+/, `${fact}: ${source}`);
    }
    const used = new Set(rows.flatMap(({ reason }) => reason?.why ?? []));
    t.ok(used.size >= 15, `this run needs ${used.size} of them`);
    const ids = FACTS.map(({ id }) => id);
    t.equal(new Set(ids).size, ids.length, 'no fact has the name of another');
  },
);

t.test('a record of fewer facts is compared by what it has', async (t) => {
  const short: Recorded = { of: 'old', facts: { net: docker.facts.net ?? '' }, figures: {} };
  t.same(
    judge(short, ours).map(({ fact }) => fact),
    ['net'],
  );
});

t.test('told to people and to programs', async (t) => {
  const all = { theirs: docker, ours, rows };
  const text = asText(all, 140);
  t.match(text, /^FACT +DOCKER 20\.\d+\.\d+ /);
  t.match(text, /^mtu .* same$/m);
  t.match(text, /^pid .* on purpose \[\d+\]$/m);
  t.match(text, new RegExp(`\n${rows.length} facts: \\d+ same, \\d+ different on purpose, 0 different\n$`));
  t.ok(
    text.split('\n').every((line) => line.length <= 140),
    'as wide as it may be',
  );
  const markdown = asMarkdown(all);
  t.match(markdown, /^\| fact \| Docker 20\S+ \| ours \| verdict \| why \|\n\| --- \|/);
  t.match(markdown, '| start pause (ms) |', 'with its figures');
  t.match(asDocument(all), { kind: 'Comparison', rows: { length: rows.length } });
  const evil = { ...all, rows: judge(planted(docker, 'hostname', 'a\u001b[2J|b'), ours) };
  t.notOk(asText(evil, 140).includes('\u001b'), 'a host name is shown, not obeyed');
  t.match(asMarkdown(evil), 'a\\u001b[2J\\|b');
});

t.test('what --saved refuses', async (t) => {
  const directory = t.testdir({
    'no.json': 'x',
    'other.json': '{"kind":"Pod"}',
    'odd.json': '{"kind":"ComparedFacts","facts":{"net":1}}',
  });
  for (const file of ['no.json', 'other.json', 'odd.json', 'missing.json'])
    t.throws(() => readRecorded(`${directory}/${file}`), { name: 'InputError' }, file);
});

t.test('no secret is in a record', async (t) => {
  const text = readFileSync(new URL('recorded/docker.json', import.meta.url), 'utf8');
  t.match(text, /"environment": "[A-Z_ ;:a-z,]+"/, 'variables by their names');
  t.notMatch(
    text,
    /\/usr\/local\/sbin:|\d+\.\d+\.\d+\.\d+\/\d|[0-9a-f]{12}"/,
    'no value, no address, no identifier',
  );
});

function different(all: readonly Row[]): string[] {
  return all.filter(({ verdict }) => verdict === 'different').map(({ fact }) => fact);
}

function planted(side: Recorded, fact: string, value: string): Recorded {
  return { ...side, facts: { ...side.facts, [fact]: value } };
}
