import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { fedWith } from '../../src/render/here-document.ts';
import { functionName } from '../../src/script/shell-blocks.ts';
import { textOf } from '../../src/sys/bytes.ts';
import { shellWord } from '../../src/transcript/shell-word.ts';
import { requires } from '../requires.ts';

/** Strings that a shell could misread: quoted in the script, each must arrive unchanged. */
const HOSTILE = [
  ...[
    "it's",
    "'",
    "''",
    '"',
    '$HOME',
    `\${HOME}`,
    '$(id)',
    '`id`',
    '\\',
    '\\\\',
    "\\'",
    '!',
    '*',
    '~',
    '#',
    '&;|<>()',
  ],
  ...[
    '\n',
    'a\n',
    '\nb',
    '\t',
    ' ',
    '',
    '-n',
    '--',
    '-e a\\nb',
    '%s',
    'END',
    'END\n',
    'a=b',
    'ü',
    '😀',
    '\u2028',
  ],
];

/** Texts with parts that a shell could misread. Without NUL: execve(2) cannot pass it. */
const text = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' })), { maxLength: 6 })
  .map((parts) => parts.join('').replaceAll('\0', ''));

const shells: (readonly [string, ...string[]])[] = [['dash'], ['busybox', 'sh']];

if (requires(t, 'busybox')) {
  for (const [shell, ...options] of shells) {
    const run = (script: string) => execFileSync(shell, options, { input: script });

    t.test(`${shell}: a quoted word arrives unchanged`, async (t) => {
      const same = (words: readonly string[]) => {
        const script = words.map((word) => `printf '%s\\0' ${shellWord(word)}\n`).join('');
        t.equal(run(script).toString(), words.map((word) => `${word}\0`).join(''));
      };
      same(HOSTILE);
      fc.assert(fc.property(fc.array(text, { maxLength: 30 }), same), { numRuns: 60 });
    });

    t.test(`${shell}: a command's standard input arrives byte by byte`, async (t) => {
      const same = (contents: readonly Uint8Array[]) => {
        const script = contents.map((content) => `${fedWith('cat', content)}\nprintf '\\0|\\0'\n`).join('');
        t.equal(
          run(script).toString('hex'),
          Buffer.concat(contents.flatMap((c) => [c, MARK])).toString('hex'),
        );
      };
      const files = fc.oneof(
        text.map((plain) => Buffer.from(plain)),
        text.map((line) => Buffer.from(`${line}\nEND\n${line}\nEND_\nEND${line}\n`)),
        fc.uint8Array({ maxLength: 200 }),
      );
      same(
        [...HOSTILE, '\r\n', 'a\0b', '\x1b[0m', 'END\u{b25d9}\n', 'Eü\n', 'a\nENü\nü\n'].map((plain) =>
          Buffer.from(plain),
        ),
      );
      fc.assert(fc.property(fc.array(files, { maxLength: 10 }), same), { numRuns: 60 });
    });
  }

  t.test('an unquoted word arrives changed (control)', async (t) => {
    const wrong = HOSTILE.filter((word) => {
      try {
        return execFileSync('dash', { input: `printf '%s' ${word}`, stdio: 'pipe' }).toString() !== word;
      } catch {
        return true;
      }
    });
    t.ok(wrong.length > HOSTILE.length / 2);
  });
}

t.test('bytes that are not UTF-8 are the same bytes in a shell', async (t) => {
  const bytes = Buffer.from([0x61, 0xff, 0x25, 0x5c, 0xc3, 0x28, 0xf0, 0x9f, 0x98, 0x80, 0x0a]);
  const shell = (word: string) => execFileSync('sh', ['-c', `printf %s ${word}`]);
  t.strictSame(shell(shellWord(textOf(bytes))), bytes);
  t.notSame(shell(`'${bytes.toString()}'`), bytes, 'as a string of JavaScript they are not (control)');
});

t.test('plain words are not quoted', async (t) => {
  for (const plain of ['nginx', '/bin/sh', '-g', 'a=b', '10.244.0.2/16', 'user@host:80', 'x,y+z', '50%'])
    t.equal(shellWord(plain), plain);
  t.equal(fedWith('cat', Buffer.from('a\nb\n')), "cat <<'END'\na\nb\nEND");
  t.match(fedWith('cat', Buffer.from('END\n')), /^cat <<'END_'\n/);
  t.equal(fedWith('cat', Buffer.from('no end')), "printf %s 'no end' | cat");
});

t.test('each workload has its own function name', async (t) => {
  t.equal(functionName('run', 'content-writer'), 'run_content_writer');
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  fc.assert(
    fc.property(label, label, (a, b) => (a === b) === (functionName('run', a) === functionName('run', b))),
  );
});

const MARK = Buffer.from('\0|\0');
