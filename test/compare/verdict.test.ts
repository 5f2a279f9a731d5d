import { readFileSync } from 'node:fs';
import t from 'tap';
import { FACTS } from '../../src/compare/facts.ts';
import { asDocument, asMarkdown, asText } from '../../src/compare/format.ts';
import { KNOWN_DIFFERENCES } from '../../src/compare/known-differences.ts';
import { type Recorded, readRecorded } from '../../src/compare/recorded.ts';
import { compareFacts, type FactComparison, isExplained } from '../../src/compare/verdict.ts';

/** Both sides of a real run: Docker 20.10 and nslab on one Debian 12, in the format of `nslab compare docker --save`. */
const recorded = (side: string) => readRecorded(new URL(`recorded/${side}.json`, import.meta.url).pathname);
const docker = recorded('docker');
const ours = recorded('nslab');
const rows = compareFacts(docker, ours);

t.test('a real run: every difference has a known reason', async (t) => {
  t.same(different(rows), []);
  t.ok(isExplained(rows));
  t.equal(rows.length, FACTS.length, 'every fact is compared');
  t.same(different(compareFacts(docker, docker)), [], 'Docker compared with itself');
  t.ok(
    compareFacts(docker, docker).every(({ verdict }) => verdict === 'same'),
    'all facts are the same',
  );
  t.notOk(
    isExplained(compareFacts(docker, ours, { known: [] })),
    'without known differences nothing is explained (control)',
  );
});

t.test('a change on either side is one more difference', async (t) => {
  for (const [what, fact, value] of [
    ['an ipc namespace of its own', 'ipc', 'pause, busybox: own; nginx: joined'],
    ['another host name', 'hostname', 'other'],
    [
      'an additional capability',
      'capabilities',
      'bounding, permitted, effective Docker’s 14 +net_admin; inheritable, ambient none',
    ],
    ['another MTU', 'mtu', 'lo 65536; eth0 1400'],
  ] as const) {
    t.same(different(compareFacts(changed(docker, fact, value), ours)), [fact], `${what}, theirs`);
    t.same(different(compareFacts(docker, changed(ours, fact, value))), [fact], `${what}, ours`);
  }
  t.same(
    different(compareFacts(changed(docker, 'mtu', docker.facts.mtu ?? ''), ours)),
    [],
    'an equal value is not a difference (control)',
  );
});

t.test('what depends on the machine has a reason where it is that, and only there', async (t) => {
  for (const [fact, theirs, mine, isKnown] of [
    ['mtu', 'lo 65536; eth0 1500', 'lo 65536; eth0 1460, as the way out', true],
    ['mtu', 'lo 65536; eth0 1500', 'lo 65536; eth0 1460', false],
    ['mtu', 'lo 65536; eth0 1400', 'lo 65536; eth0 1460, as the way out', false],
    ['etc/resolv.conf', 'those of this host, without IPv6', 'those of this host', true],
    ['etc/resolv.conf', 'those of this host', 'others: nameserver 192.0.2.1', false],
    ['etc/resolv.conf', 'others: nameserver 8.8.8.8, nameserver 8.8.4.4', 'others: none', true],
    ['etc/resolv.conf', 'others: nameserver 9.9.9.9', 'others: none', false],
  ] as const)
    t.same(
      different(compareFacts(changed(docker, fact, theirs), changed(ours, fact, mine))),
      isKnown ? [] : [fact],
      `${fact}: ${theirs} beside ${mine}`,
    );
});

t.test('every known difference names a fact and a source', async (t) => {
  const known = new Set(FACTS.map(({ id }) => id));
  for (const { fact, why, source } of KNOWN_DIFFERENCES) {
    t.ok(known.has(fact), `${fact} is a fact`);
    t.match(why, /^\S.*[^.]$/, `${fact}: one sentence without a full stop`);
    t.match(source, /\w\(\d\)|^(?:moby|kubernetes|containerd|nslab) \S+/, `${fact}: ${source}`);
  }
  const used = new Set(rows.flatMap(({ reason }) => reason?.why ?? []));
  t.ok(used.size >= 15, `this run uses ${used.size} of them`);
  const ids = FACTS.map(({ id }) => id);
  t.equal(new Set(ids).size, ids.length, 'fact ids are unique');
});

t.test('a file with fewer facts is compared by these facts', async (t) => {
  const short: Recorded = { of: 'old', facts: { net: docker.facts.net ?? '' }, figures: {} };
  t.same(
    compareFacts(short, ours).map(({ fact }) => fact),
    ['net'],
  );
});

t.test('as text, Markdown and JSON', async (t) => {
  const all = { theirs: docker, ours, rows };
  const text = asText(all, 140);
  t.match(text, /^FACT +DOCKER 20\.\d+\.\d+ /);
  t.match(text, /^mtu .* same$/m);
  t.match(text, /^pid .* on purpose \[\d+\]$/m);
  t.match(text, new RegExp(`\n${rows.length} facts: \\d+ same, \\d+ different on purpose, 0 different\n$`));
  t.ok(
    text.split('\n').every((line) => line.length <= 140),
    'no line is wider than the terminal',
  );
  const markdown = asMarkdown(all);
  t.match(markdown, /^\| fact \| Docker 20\S+ \| ours \| verdict \| why \|\n\| --- \|/);
  t.match(markdown, '| start pause (ms) |', 'with its measurements');
  t.match(asDocument(all), { kind: 'Comparison', rows: { length: rows.length } });
  const hostile = { ...all, rows: compareFacts(changed(docker, 'hostname', 'a\u001b[2J|b'), ours) };
  t.notOk(asText(hostile, 140).includes('\u001b'), 'control characters are escaped');
  t.match(asMarkdown(hostile), 'a\\u001b[2J\\|b');
});

t.test('files that --saved refuses', async (t) => {
  const directory = t.testdir({
    'no.json': 'x',
    'other.json': '{"kind":"Pod"}',
    'odd.json': '{"kind":"ComparedFacts","facts":{"net":1}}',
  });
  for (const file of ['no.json', 'other.json', 'odd.json', 'missing.json'])
    t.throws(() => readRecorded(`${directory}/${file}`), { name: 'InputError' }, file);
});

t.test('a saved file has no secret', async (t) => {
  const text = readFileSync(new URL('recorded/docker.json', import.meta.url), 'utf8');
  t.match(text, /"environment": "[A-Z_ ;:a-z,]+"/, 'variables by name only');
  t.notMatch(
    text,
    /\/usr\/local\/sbin:|\d+\.\d+\.\d+\.\d+\/\d|[0-9a-f]{12}"/,
    'no value, no address, no identifier',
  );
});

function different(all: readonly FactComparison[]): string[] {
  return all.filter(({ verdict }) => verdict === 'different').map(({ fact }) => fact);
}

function changed(side: Recorded, fact: string, value: string): Recorded {
  return { ...side, facts: { ...side.facts, [fact]: value } };
}
