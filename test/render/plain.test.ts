import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';
import { openEventFormatter } from '../../src/commands/format-event.ts';
import { printLogLines } from '../../src/commands/print.ts';
import { asMarkdown, asText, type Comparison } from '../../src/compare/format.ts';
import words from '../../src/lab/text/en.ts';
import { openTextReporter } from '../../src/lab/text-reporter.ts';
import { fedWith } from '../../src/render/here-document.ts';
import { json, jsonLine, listing, yaml } from '../../src/render/output.ts';
import { pageHtml } from '../../src/render/page/page.ts';
import { palette } from '../../src/render/palette.ts';
import { plain, plainButForColors, plainLog } from '../../src/render/plain.ts';
import { table } from '../../src/render/table.ts';
import { wiringDot } from '../../src/render/wiring/dot.ts';
import { wiringMermaid } from '../../src/render/wiring/mermaid.ts';
import { wiringSvg } from '../../src/render/wiring/svg.ts';
import { wiringTree } from '../../src/render/wiring/tree.ts';
import type { Wiring } from '../../src/spec/wiring.ts';
import type { Event } from '../../src/transcript/event.ts';
import { shellWord } from '../../src/transcript/shell-word.ts';

/** Control sequences that repaint a terminal or set its title; both forms of CSI; DEL; bidi controls; and a forged line of nslab. */
const EVIL = 'a\x1b[2J\x1b[31m\x1b]0;x\x07\u009b31m\x7f\u202e\u2066b\t\r\nnslab: all is well';

/** Whether the text has control characters or the forged line. */
const acts = (text: string) =>
  /(?!\n)[\p{Cc}\p{Bidi_Control}]/u.test(text) || /^nslab: all is well/m.test(text);

/** The codes of nslab's palette. */
const COLOR_CODES = [1, 2, 22, 31, 32, 33, 34, 35, 36, 39];

const NONE = palette({}, 'never');
const COLORS = palette({}, 'always');

t.test('no form in which a value is shown lets it act', async (t) => {
  t.ok(acts(EVIL), 'control: raw, it acts');
  const forms: Record<string, string> = {
    table: table(['A'], [[EVIL]]),
    'table, several lines': table(['A'], [[{ lines: ['x', EVIL] }]]),
    list: await listing(list(EVIL), { format: 'wide', headers: true }),
    names: await listing(list(EVIL), { format: 'name', headers: true }),
    json: json({ [EVIL]: EVIL }),
    'json line': jsonLine({ [EVIL]: EVIL }),
    yaml: await yaml({ [EVIL]: EVIL, block: `${EVIL}\n${EVIL}\n` }),
    events: openEventFormatter(NONE)(event(EVIL)),
    'events, planned, in bytes': openEventFormatter(NONE, { planned: true, bytes: true })(event(EVIL)),
    lab: labText(NONE),
    'comparison, text': asText(comparison(EVIL), 100),
    'comparison, Markdown': asMarkdown(comparison(EVIL)),
    tree: wiringTree(wiring(EVIL), NONE),
    dot: wiringDot(wiring(EVIL)),
    mermaid: wiringMermaid(wiring(EVIL)),
    svg: wiringSvg(wiring(EVIL)),
  };
  for (const [form, text] of Object.entries(forms)) {
    t.notOk(
      acts(text),
      `${form}: ${JSON.stringify(text.match(/.{0,20}(?!\n)[\p{Cc}\p{Bidi_Control}].{0,20}/u)?.[0])}`,
    );
    t.match(text, /all is well/, `control: ${form} shows it`);
  }
  t.notOk(acts(plain(EVIL)));
  t.notMatch(plain(EVIL), /\n/);
});

t.test('with colours, nothing of a value is painted by itself', async (t) => {
  const paint = (text: string) => COLORS.green(text);
  const ours = table(['A'], [[{ lines: [EVIL], paint }]]);
  t.equal(ours.split('\x1b').length - 1, 2, 'the colour begins and ends');
  t.notOk(acts(ours.replaceAll('\x1b[32m', '').replaceAll('\x1b[39m', '')));
  t.equal(
    table(['A'], [[COLORS.green('x')]]).includes('\x1b'),
    false,
    'control: a colour that no cell asked for is shown',
  );
  for (const text of [openEventFormatter(COLORS)(event(EVIL)), labText(COLORS)]) {
    t.match(text, '\x1b[1m', 'control: there are colours');
    t.notOk(
      acts(COLOR_CODES.reduce((left, code) => left.replaceAll(`\x1b[${code}m`, ''), text)),
      'only ours',
    );
  }
});

t.test('the border behind all forms passes colours, and nothing else', async (t) => {
  t.equal(plainButForColors(COLORS.red('x'), true), COLORS.red('x'));
  t.notOk(acts(plainButForColors(`${EVIL.replace('\n', '')}`, true).replaceAll('\x1b[31m', '')));
  t.notMatch(plainButForColors(COLORS.red(EVIL), false), '\x1b', 'without colours none');
  t.equal(plainLog('a\tb\r\nc'), 'a\tb\nc', 'lines of a log');
  t.notOk(acts(plainLog(EVIL.replaceAll('nslab: ', '')).replaceAll('\t', '')));
});

t.test('only one file writes to the terminal, and the start before it can be loaded', async (t) => {
  const src = fileURLToPath(new URL('../../src/', import.meta.url));
  const writes = (path: string) =>
    /process\.(stdout|stderr)\.write|console\./.test(readFileSync(`${src}${path}`, 'utf8'));
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  t.strictSame(
    files.filter(writes).toSorted(),
    ['commands/print.ts', 'start.ts'],
    'which is the control, too',
  );
});

t.test('JSON and YAML are exact all the same', async (t) => {
  const value = { text: EVIL, [EVIL]: [EVIL, `${EVIL}\n`] };
  t.same(JSON.parse(jsonLine(value)), value);
  const listed = { apiVersion: 'nslab/v1', items: [value] };
  t.same(JSON.parse(json({ items: [value] })), listed);
  t.same(parse(await yaml({ items: [value] })), listed);
});

t.test('a script has no control character, and the shell reads the same words', async (t) => {
  const words = [
    EVIL,
    `${EVIL}\n\n`,
    '\x1b',
    "-\x07%s\\n'$(id)`",
    'plain',
    "it's",
    '',
    '\u202e\n',
    '\x01\n9',
  ];
  for (const shell of ['bash', 'dash', 'busybox sh']) {
    const [program = '', ...args] = shell.split(' ');
    for (const word of words) {
      const line = `printf '%s|' ${shellWord(word)}`;
      t.notMatch(line, /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u, JSON.stringify(word));
      const { stdout } = spawnSync(program, [...args, '-c', line], { encoding: 'utf8' });
      t.equal(stdout, `${word}|`, `${shell} ${JSON.stringify(word)}`);
    }
  }
  const fed = fedWith('cat', Buffer.from(`\u009b\u202e${EVIL}\n`));
  t.notMatch(fed, /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u, 'a file');
  t.equal(
    spawnSync('sh', ['-c', fed], { encoding: 'utf8' }).stdout,
    `\u009b\u202e${EVIL}\n`,
    'and its content',
  );
});

t.test('a page', async (t) => {
  const cell = { text: EVIL, same: 'own' as const };
  const html = pageHtml({
    title: EVIL,
    about: EVIL,
    facts: [{ name: EVIL, value: EVIL }],
    picture: '',
    matrix: { kinds: [EVIL], rows: [{ name: EVIL, pid: EVIL, cells: [cell] }] },
    steps: [],
    script: `a <&\tb\n${EVIL}`,
  });
  t.notOk(acts(html.replaceAll('\t', '').replaceAll('\nnslab:', '')));
  t.match(html, 'a &#60;&#38;\tb\n', 'control: lines and tabs of a script are its own');
});

t.test('lines of a log, where there is no terminal, are bytes', async (t) => {
  const written: Buffer[] = [];
  const { write, isTTY } = process.stdout;
  const line = Buffer.from([0x61, 0xff, 0x1b, 0x00, 0x9b]);
  const shown = (terminal: boolean) => {
    process.stdout.isTTY = terminal;
    process.stdout.write = ((chunk: Buffer) => written.push(Buffer.from(chunk)) > 0) as typeof write;
    try {
      printLogLines('w', [line], NONE);
    } finally {
      process.stdout.write = write;
      process.stdout.isTTY = isTTY;
    }
    return written.pop();
  };
  t.strictSame(shown(false), Buffer.concat([Buffer.from('w | '), line, Buffer.from('\n')]));
  t.equal(
    shown(true)?.toString(),
    'w | a\ufffd\\u001b\\u0000\ufffd\n',
    'control: on a terminal they are not',
  );
});

function list(text: string) {
  return { kind: 'List', items: [text], name: String, columns: [{ head: 'A', cell: String }] };
}

function event(text: string): Event {
  const strings = {
    step: 'workload' as const,
    subject: text,
    purpose: 'why',
    call: text,
    args: text,
    argv: [text, text],
  };
  return { t: 1, channel: 'spawn', who: 1, ...strings, result: 0, us: 1, evidence: [text] };
}

function labText(colors: ReturnType<typeof palette>): string {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const takeCalls = () => [{ call: EVIL, lines: [{ shell: EVIL.replaceAll('\n', ''), purpose: EVIL }] }];
  const reporter = openTextReporter({ write, clear: () => {}, colors, takeCalls, words });
  const prediction = { id: 'p', question: 'which?', choices: [], label: String, answer: async () => EVIL };
  reporter.acted(undefined as never);
  reporter.evidence({ x: [{ a: 'k', b: EVIL }] }, { x: [{ a: 'k', b: 'before' }] }, { x: 'title' });
  reporter.checked({ id: 'c', says: 'says' } as never, EVIL);
  reporter.predicted(prediction as never, EVIL, EVIL);
  return text;
}

function comparison(text: string): Comparison {
  const side = { of: text, facts: {}, figures: { [text]: 1 } };
  const row = {
    fact: text,
    theirs: text,
    ours: text,
    verdict: 'on purpose',
    reason: { why: text, source: text },
  };
  return { theirs: side, ours: side, rows: [row] } as unknown as Comparison;
}

function wiring(text: string): Wiring {
  const face = {
    ...{ index: 1, name: text, kind: text, up: true, mac: null, mtu: 1500, addresses: [text] },
    ...{ master: null, detail: text, peer: { inode: 1, index: 1, name: text } },
  };
  const place = { inode: 1, label: text, whose: [], inside: [text], interfaces: [face], nat: [text] };
  const end = { inode: 1, index: 1, name: text };
  return { places: [place], cables: [{ kind: text, ends: [end, end] }], unseen: [] };
}
