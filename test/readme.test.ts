import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { chart } from '../scripts/benchmarks/chart.ts';
import { report } from '../scripts/benchmarks/report.ts';
import type { Results } from '../scripts/benchmarks/results.ts';
import { type FieldRow, fieldTable } from '../src/manifest/table.ts';
import { CATALOG } from '../src/translate/images/catalog.ts';

/** What the README says of manifests, made from the tables themselves. `NSLAB_WRITE_README=1` writes it. */
const README = new URL('../README.md', import.meta.url);
const PLACE = /(<!-- fields: .*? -->\n)[\s\S]*?(<!-- \/fields -->)/;

const COLUMNS = ['acted on', 'harmless', 'refused'] as const;

t.test('the table of fields is the reader’s own', async (t) => {
  const rows = fieldTable();
  const text = readFileSync(README, 'utf8');
  const whole = text.replace(PLACE, (_, begin: string, end: string) => `${begin}\n${tableOf(rows)}\n${end}`);
  if (process.env.NSLAB_WRITE_README === '1') writeFileSync(README, whole);
  else t.equal(text, whole, 'NSLAB_WRITE_README=1 node_modules/.bin/tap test/readme.test.ts writes it');
  t.match(whole, /\| Container \| .*`workingDir`.* \| .*`imagePullPolicy`.* \| .*`volumeDevices`/);
  t.not(tableOf(rows.slice(1)), tableOf(rows), 'a row less is another table (control)');
});

t.test('its figures are those that were measured', async (t) => {
  const kept = (name: string) =>
    readFileSync(new URL(`../scripts/benchmarks/${name}`, import.meta.url), 'utf8');
  const results = JSON.parse(kept('results.json')) as Results;
  const shown = /<!-- bench: .*? -->\n\n?([\s\S]*?)\n\n<!-- \/bench -->/.exec(
    readFileSync(README, 'utf8'),
  )?.[1];
  t.equal(shown, report(results), 'scripts/bench --readme writes them');
  t.equal(kept('chart.svg'), chart(results.creation, 100), 'and the chart');
  const { creation, ...rest } = results;
  t.not(report({ ...rest, creation: creation.slice(1) }), shown, 'a row less is another table (control)');
});

t.test('every image of the catalog is named', async (t) => {
  const text = readFileSync(README, 'utf8');
  const line = /Images: ([^;]*);/.exec(text)?.[1] ?? '';
  const named = [...line.matchAll(/`([a-z]+)`/g)].map(([, name]) => name);
  t.strictSame(named, Object.keys(CATALOG));
});

/** A line a type, as Kubernetes' reference has a section for each. */
function tableOf(rows: readonly FieldRow[]): string {
  const types = [...new Set(rows.map(({ type }) => type))];
  const cell = (type: string, act: FieldRow['act']) =>
    rows
      .filter((row) => row.type === type && row.act === act)
      .map(({ field }) => `\`${field}\``)
      .join(' ');
  const lines = types.map((type) => `| ${[type, ...COLUMNS.map((act) => cell(type, act))].join(' | ')} |`);
  return [
    '| type | acted on | means nothing here | refused |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}
