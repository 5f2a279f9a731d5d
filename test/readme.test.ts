import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import t, { type Test } from 'tap';
import { chart } from '../scripts/benchmarks/chart.ts';
import { pages } from '../scripts/benchmarks/pages.ts';
import type { Results } from '../scripts/benchmarks/results.ts';
import { withSection } from '../scripts/benchmarks/sections.ts';
import { buildProgram } from '../src/commands/program.ts';
import { type FieldRow, fieldTable } from '../src/manifest/table.ts';
import { CATALOG } from '../src/translate/images/catalog.ts';
import { nslab } from './campaign/program.ts';
import { consoleBlocks, firstDifference, type Known, type Shown } from './console-blocks.ts';
import { type KernelHost, onFreshHost } from './kernel/host.ts';
import { requires } from './requires.ts';

// The front page, and the tables that it has been relieved of, against what they speak of.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FIELDS = 'src/manifest/README.md';
const TABLES = 'scripts/benchmarks/README.md';
const LIBRARY = 'src/api/README.md';
const COLUMNS = ['acted on', 'harmless', 'refused'] as const;

t.test('the table of fields is the reader’s own', async (t) => {
  const rows = fieldTable();
  const text = read(FIELDS);
  const whole = withSection(text, 'fields', tableOf(rows));
  if (process.env.NSLAB_WRITE_README === '1') writeFileSync(`${ROOT}${FIELDS}`, whole);
  else t.equal(text, whole, 'NSLAB_WRITE_README=1 node_modules/.bin/tap test/readme.test.ts writes it');
  const refused = whole.replace('`volumeDevices`', '');
  t.not(refused, whole, 'a field is taken out of the document,');
  t.not(withSection(refused, 'fields', tableOf(rows)), refused, 'and that is found (control)');
  const other = rows.map((row) =>
    row.field === 'imagePullPolicy' ? { ...row, act: 'acted on' as const } : row,
  );
  t.not(withSection(text, 'fields', tableOf(other)), whole, 'so is one that is acted on by now (control)');
  t.throws(() => withSection(text.replace('<!-- /fields', ''), 'fields', ''), 'and a lost mark (control)');
});

t.test('the figures are those that were measured', async (t) => {
  const results = JSON.parse(read('scripts/benchmarks/results.json')) as Results;
  for (const [path, text] of pages(results, read))
    t.equal(read(path), text, `${path}: scripts/bench --readme writes it`);
  t.equal(read('scripts/benchmarks/chart.svg'), chart(results.creation, 100), 'and the chart');
  const slower = { ...results, creation: results.creation.map((each) => ({ ...each, create: [1e6] })) };
  for (const [path, text] of pages(slower, read))
    t.not(read(path), text, `${path}: others are found (control)`);
});

t.test('every image of the catalog is named', async (t) => {
  const [, line = ''] = /The catalog has ([^;]*);/.exec(read(FIELDS)) ?? [];
  const named = [...line.matchAll(/`([a-z_0-9-]+)`/g)].map(([, name]) => name);
  t.strictSame(named, Object.keys(CATALOG).sort());
});

t.test('the front page is short, and a pod runs early on it', async (t) => {
  const lines = read('README.md').trimEnd().split('\n');
  t.ok(lines.length <= 200, `${lines.length} lines of 200`);
  t.strictSame(
    lines.filter((line) => line.length > 150),
    [],
    'none is wider than 150 columns',
  );
  const first = lines.findIndex((line) => /^\$ nslab up -d/.test(line)) + 1;
  t.ok(first > 0 && first <= 60, `a pod runs by line ${first} of 60`);
});

t.test('every link of the documents leads to a file of the tree', async (t) => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', FIELDS, TABLES, LIBRARY];
  t.strictSame(
    documents.flatMap((path) => lostLinks(path, read(path))),
    [],
  );
  t.strictSame(
    lostLinks(FIELDS, '[a](../../README.md) [b](README.txt)'),
    [`${FIELDS}: README.txt`],
    '(control)',
  );
});

t.test('its table has every command, and no option that there is not', async (t) => {
  const program = buildProgram(() => {});
  const rows = commandRows(read('README.md'));
  const names = rows.flatMap(({ commands }) => commands);
  const declared = program.commands.map((command) => command.name());
  t.strictSame([...new Set(names)].sort(), declared.sort());
  const typed = commandsInText(read('README.md'));
  t.ok(typed.length > 8, `${typed.length} commands are named beside the table`);
  t.strictSame(
    [...rows, ...typed].flatMap((row) => unknownWords(row, program)),
    [],
  );
  t.strictSame(
    unknownWords({ commands: ['hodl'], text: '' }, program),
    ['hodl'],
    'a command that there is not',
  );
  const [row] = rows;
  t.strictSame(
    unknownWords({ commands: row?.commands ?? [], text: '`--detached`' }, program),
    ['--detached'],
    'an option that no command has is found (control)',
  );
});

t.test('a changed output is found (control)', async (t) => {
  const all = consoleBlocks(read('README.md')).flat();
  t.ok(all.length > 8, `${all.length} commands are shown`);
  for (const { line, output } of all) {
    // As if it had been printed so: then it is what is shown, and with any word changed it is not.
    const printed = output.map((text) =>
      text.trim() === '…' ? '(something)' : text.replace(/ …$/, ' more'),
    );
    t.equal(firstDifference(output, printed), undefined, `line ${line}`);
    for (const [at, text] of output.entries()) {
      if (text.trim() === '…') continue;
      const changed = output.with(at, text.replace(/[a-z](?=[^a-z]*[a-z]*[^a-z]*$)/i, '§'));
      t.not(changed[at], text);
      t.ok(firstDifference(changed, printed), `line ${line + at + 1}, changed`);
    }
    if (output.length > 0 && output.at(-1)?.trim() !== '…')
      t.ok(firstDifference(output, [...printed, 'more']), `line ${line}: more is printed than is shown`);
  }
  const shown = ['net 4026532001', 'ipc 4026532001'];
  t.equal(firstDifference(shown, ['net 4026532777', 'ipc 4026532777']), undefined, 'equal inodes are equal');
  t.ok(firstDifference(shown, ['net 4026532777', 'ipc 4026532778']), 'and no longer when they differ');
  t.ok(firstDifference(['a 4026532001 4026532002'], ['a 4026532777 4026532777']), 'nor the other way');
});

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox')) {
  t.test('every command on the front page prints what is shown', { timeout: 120_000 }, (t) =>
    onFreshHost(t, async (host) => {
      for (const block of consoleBlocks(read('README.md'))) {
        const known: Known = new Map();
        for (const shown of block) await typed(t, host, shown, known);
      }
    }),
  );
}

/** Types a command. What only looks is typed again for a while: a server needs a moment until it listens. */
async function typed(
  t: Test,
  host: KernelHost,
  { line, command, output }: Shown,
  known: Known,
): Promise<void> {
  const patience = /^nslab (?:exec|logs|ps|ns|map) /.test(command) ? 50 : 0;
  for (let tries = 0; ; tries++) {
    const printed = await printedBy(host, command);
    const seen = new Map(known);
    const difference = firstDifference(output, printed, seen);
    if (difference !== undefined && tries < patience) {
      await sleep(100);
      continue;
    }
    t.equal(difference, undefined, `line ${line}: ${command}`, { difference, printed });
    for (const [name, other] of seen) known.set(name, other);
    return;
  }
}

/** The lines that a command prints in the top folder of a checkout, as root, where `nslab` is on PATH. */
async function printedBy({ host }: KernelHost, command: string): Promise<string[]> {
  const onPath = `nslab() { ${nslab.argv.join(' ')} "$@"; }`;
  const { stdout, stderr } = await host.run(['bash', '-c', `exec 2>&1\n${onPath}\n${command}`], {
    cwd: ROOT,
    env: { NSLAB_DRIVER: undefined },
  });
  if (stderr !== '') throw new Error(`${command}: ${stderr}`);
  return stdout === '' ? [] : stdout.replace(/\n$/, '').split('\n');
}

/** The links of a document to files that there are not. */
function lostLinks(path: string, markdown: string): string[] {
  const links = [...markdown.matchAll(/\]\(([^)#]+)/g)].map(([, to = '']) => to);
  const local = links.filter((to) => !/^https?:/.test(to));
  return local.filter((to) => !existsSync(join(ROOT, dirname(path), to))).map((to) => `${path}: ${to}`);
}

interface CommandRow {
  readonly commands: readonly string[];
  readonly text: string;
}

/** The rows of the table of commands: which they are about, and all that they say. */
function commandRows(markdown: string): CommandRow[] {
  const [, table = ''] = /^\| command \| does \|\n\| --- \| --- \|\n((?:\|.*\n)+)/m.exec(markdown) ?? [];
  return table
    .trimEnd()
    .split('\n')
    .map((text) => {
      const [first = ''] = text.slice(1).split(/(?<!\\)\|/);
      return { text, commands: [...first.matchAll(/`([a-z]+)/g)].map(([, name]) => name as string) };
    });
}

/** Every `nslab VERB …` in a line of text, without what follows `--`: that is another program's. */
function commandsInText(markdown: string): CommandRow[] {
  const found = [...markdown.matchAll(/`nslab (?=[a-z])([^`]*)`/g)].map(([, words = '']) => words);
  return found.map((words) => ({ commands: [words.replace(/ .*/, '')], text: words.replace(/ -- .*/, '') }));
}

/** The commands that there are not, and the long options that none of the others has. */
function unknownWords({ commands, text }: CommandRow, program: Command): string[] {
  const meant = program.commands.filter((command) => commands.includes(command.name()));
  const names = meant.map((command) => command.name());
  const missing = commands.filter((name) => !names.includes(name));
  const having = [...meant, ...meant.flatMap((command) => command.commands)];
  const known = new Set(having.flatMap((command) => command.options.map(({ long }) => long)));
  const options = [...text.matchAll(/--[a-z-]+/g)].map(([option]) => option);
  return [...missing, ...options.filter((option) => !known.has(option))];
}

/** A line a type, as Kubernetes' reference has a section for each. */
function tableOf(rows: readonly FieldRow[]): string {
  const types = [...new Set(rows.map(({ type }) => type))];
  const cell = (type: string, act: FieldRow['act']) =>
    rows
      .filter((row) => row.type === type && row.act === act)
      .map(({ field }) => `\`${field}\``)
      .join(' ');
  const lines = types.map((type) => `| ${[type, ...COLUMNS.map((act) => cell(type, act))].join(' | ')} |`);
  return ['| type | acted on | means nothing here | refused |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}

function read(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}
