import t from 'tap';
import { parse } from 'yaml';
import { age } from '../../src/render/age.ts';
import { json, type Listing, listing, yaml } from '../../src/render/output.ts';
import { table } from '../../src/render/table.ts';

t.test('a table as kubectl prints it', async (t) => {
  const rows = [
    ['web', 'running', ''],
    ['a-much-longer-name', '-', 'x'],
  ];
  t.equal(
    table(['NAME', 'STATE', 'NOTE'], rows),
    [
      'NAME                 STATE     NOTE',
      'web                  running',
      'a-much-longer-name   -         x',
    ].join('\n'),
  );
  t.equal(
    table(['NAME', 'STATE', 'NOTE'], rows, false),
    'web                  running\na-much-longer-name   -         x',
  );
  t.equal(table(['NAME'], []), 'NAME');
  t.equal(table(['NAME'], [], false), '');
  t.equal(table(['N', 'M'], [['é…漢', 'x']]).split('\n')[1], 'é…漢   x', 'wide characters take two columns');
  t.equal(
    table(['N', 'M'], [[{ lines: ['ok'], paint: (text) => `\u001b[32m${text}\u001b[39m` }, 'x']]).split(
      '\n',
    )[0],
    'N    M',
    'colours take none',
  );
  t.equal(
    table(['N', 'M', 'O'], [[{ lines: ['a', 'longer'] }, 'b', { lines: ['c', 'd'] }]]),
    ['N        M   O', 'a        b   c', 'longer       d'].join('\n'),
    'a cell of several lines',
  );
  t.notMatch(table(['NAME'], rows), '\u001b', 'no colour by default');
});

t.test('ages as in kubectl', async (t) => {
  const now = Date.parse('2026-01-10T00:00:00Z');
  const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000];
  const ago = (ms: number) => age(new Date(now - ms).toISOString(), now);
  const cases: [number, string][] = [
    [0, '0s'],
    [999, '0s'],
    [42 * s, '42s'],
    [119 * s, '119s'],
    [120 * s, '2m'],
    [119 * m + 59 * s, '119m'],
    [120 * m, '2h'],
    [3 * h + 12 * m, '3h12m'],
    [47 * h + 59 * m, '47h59m'],
    [48 * h, '2d'],
    [400 * d, '400d'],
    [-5 * s, '0s'],
  ];
  for (const [ms, text] of cases) t.equal(ago(ms), text, `${ms} ms`);
  t.equal(age(now - 5 * m, now), '5m', 'a number is milliseconds since the epoch');
});

t.test('a list in every format', async (t) => {
  const list: Listing<{ name: string; pid: number }> = {
    kind: 'ProcessList',
    items: [
      { name: 'web', pid: 7 },
      { name: '"quoted": yes', pid: 8 },
    ],
    name: ({ name }) => name,
    columns: [
      { head: 'NAME', cell: ({ name }) => name },
      { head: 'PID', wide: true, cell: ({ pid }) => String(pid) },
    ],
  };
  const form = (format: Parameters<typeof listing>[1]['format'], headers = true) => ({ format, headers });
  const document = { apiVersion: 'nslab/v1', kind: 'ProcessList', items: list.items };
  t.equal(await listing(list, form('table')), 'NAME\nweb\n"quoted": yes\n');
  t.match(await listing(list, form('wide')), /^NAME +PID\nweb +7\n/);
  t.equal(await listing(list, form('table', false)), 'web\n"quoted": yes\n');
  t.equal(await listing(list, form('name')), 'web\n"quoted": yes\n');
  t.same(JSON.parse(await listing(list, form('json'))), document);
  t.same(parse(await listing(list, form('yaml'))), document);
  for (const format of ['table', 'wide', 'json', 'yaml', 'name'] as const)
    t.match(await listing(list, form(format)), /[^\n]\n$/, `${format} ends in one newline`);
  const empty = { ...list, items: [] };
  t.equal(await listing(empty, form('name')), '');
  t.equal(await listing(empty, form('table', false)), '');
  t.same(JSON.parse(await listing(empty, form('json'))).items, []);
});

t.test('documents: each has an apiVersion; a list is its items', async (t) => {
  t.same(JSON.parse(json({ kind: 'X' })), { apiVersion: 'nslab/v1', kind: 'X' });
  t.same(JSON.parse(json({ items: [{ a: 1 }] })), { apiVersion: 'nslab/v1', items: [{ a: 1 }] });
  t.same(parse(await yaml({ items: [{ a: '010' }] })), { apiVersion: 'nslab/v1', items: [{ a: '010' }] });
  t.same(parse(await yaml({ a: null })), { apiVersion: 'nslab/v1', a: null });
});
