import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import t from 'tap';
import type { Lab } from '../../src/lab/lab.ts';
import { type KernelHost, onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const README = new URL('../../scripts/labs/README.md', import.meta.url);

/** scripts/labs/README.md is made from the labs themselves; NSLAB_WRITE_README=1 writes it anew. */
if (requires(t, 'root', 'nginx', 'busybox')) {
  t.test('the README of the labs', (t) =>
    onFreshHost(t, async (host) => {
      const files = readdirSync(new URL('.', README))
        .filter((name) => /^\d\d-.*\.ts$/.test(name))
        .sort();
      const parts = [];
      for (const file of files) parts.push(await chapter(host, file));
      const text = [HEAD, ...parts].join('\n');
      if (process.env.NSLAB_WRITE_README) writeFileSync(README, text);
      t.equal(loosely(readFileSync(README, 'utf8')), loosely(text), 'NSLAB_WRITE_README=1 writes it');
      t.not(plainly('4026531833'), plainly('4026531833 4026531834'), 'two inodes stay two (control)');
    }),
  );
}

const HEAD = `# The labs

Each is a lesson and a test: \`sudo scripts/labs/NN-name\` runs it from a checkout, \`nslab lab run NAME\` from anywhere;
\`--step\` stops before each step, asks what you expect, and goes back when you like; \`-o json\` is for teachers.
\`nslab lab drill\` breaks one thing in one of them: find it, and mend it. Nothing is left of any of them.

This file is made by the labs. What differs from run to run is written as a word (\`PID\`, \`xxxx\`); inodes are numbered.
`;

async function chapter({ must }: KernelHost, file: string): Promise<string> {
  const { default: lab } = (await import(`../../scripts/labs/${file}`)) as { default: Lab };
  const title = `## ${file.slice(0, 2)} ${lab.title}`;
  const drawing = lab.drawing.replace(/^\n+|\s+$/g, '');
  // What an engine says is another thing with each of its versions.
  if (lab.lacks) return [title, '', lab.goal, '', drawing, '', OF_THIS_MACHINE, '', list(lab), ''].join('\n');
  const output = await must(['lab', 'run', lab.name]);
  const steps = output.slice(output.indexOf('\n1/'));
  return [title, '', lab.goal, '', drawing, '', '```', plainly(steps.trim()), '```', ''].join('\n');
}

const OF_THIS_MACHINE =
  'It needs a Docker engine, and what it shows is of that one; where none answers it is skipped, with the reason.';

function list({ steps }: Lab): string {
  return steps
    .map(({ goal, checks }, at) =>
      [`${at + 1}. ${goal}`, ...checks.map(({ says }) => `   - ${says}`)].join('\n'),
    )
    .join('\n');
}

/** How wide a column is depends on what has been replaced in it. */
function loosely(text: string): string {
  return text.replace(/ {2,}/g, '  ');
}

/** What differs from run to run: an inode by its order, so that equal ones stay equal; the rest by a word. */
function plainly(text: string): string {
  const inodes = new Map<string, string>();
  const numbered = (inode: string) => {
    if (!inodes.has(inode)) inodes.set(inode, `inode ${inodes.size + 1}`.padEnd(10));
    return inodes.get(inode) ?? '';
  };
  return (
    text
      .replace(/\b402\d{7}\b/g, numbered)
      // A namespace that is gone leaves its number, and the next one may get it.
      .replace(/(?<=^ {4}web\/app +inode )\d+/gm, 'N')
      .replace(/"\S*\/native\//g, '"…/')
      .replace(/(?<=[a-z]-|nslab:lab\/)[0-9a-f]{4}\b/g, 'xxxx')
      .replace(/\b(nsv|nsbr|nslab_)[a-z0-9]{5,}/g, '$1xxxxxxxx')
      .replace(/(?<=^ {2}(?:execve|clone)\(.*\) = )\d+$/gm, 'PID')
      .replace(/(?<=setns\(|fd\/)\d+/g, 'FD')
      .replace(/(?<=network namespace of |\/proc\/)\d+|(?<= netns )\d+$/gm, 'PID')
      .replace(/(?<=^ {4}wired\/sleeper +)\d{2,}/gm, 'PID')
      .replace(/198\.18\.\d+\./g, '198.18.n.')
      .replace(/(?:203\.0\.113|198\.51\.100|192\.0\.2)\.\d+/g, 'a.b.c.d')
      .replace(/(?<=127\.0\.0\.1:|10\.\d+\.0\.1:)\d+/g, 'PORT')
      .replace(/(?<=tcp \. )\d+/g, 'PORT')
      .replace(new RegExp(`(?<=^ {4}host +)${hostname()}$`, 'gm'), 'HOST')
      .replace(/(?<=… (?:and )?)\d+/g, 'N')
      .replace(/ +$/gm, '')
      .replace(/^(.{118}).+$/gm, '$1…')
  );
}
