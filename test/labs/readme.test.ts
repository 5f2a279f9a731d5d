import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import t from 'tap';
import type { Lab } from '../../src/lab/lab.ts';
import { labsNamed } from '../../src/lab/lab-list.ts';
import { mapConcurrently } from '../../src/sys/map-concurrently.ts';
import { type KernelHost, onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const README = new URL('../../scripts/labs/README.md', import.meta.url);

/** scripts/labs/README.md is generated from the labs; NSLAB_WRITE_README=1 writes it. */
if (requires(t, 'root', 'nginx', 'busybox', 'nft', 'dnsmasq')) {
  t.test('the README of the labs', async (t) => {
    const files = readdirSync(new URL('.', README))
      .filter((name) => /^\d\d-.*\.ts$/.test(name))
      .sort();
    const parts = new Map<string, string>();
    await mapConcurrently(3, files, (file) =>
      onFreshHost(t, async (host) => void parts.set(file, await chapter(host, file))),
    );
    const text = [HEAD, ...files.map((file) => parts.get(file))].join('\n');
    if (process.env.NSLAB_WRITE_README) writeFileSync(README, text);
    t.equal(
      withoutPadding(readFileSync(README, 'utf8')),
      withoutPadding(text),
      'NSLAB_WRITE_README=1 writes it',
    );
    t.not(normalized('4026531833'), normalized('4026531833 4026531834'), 'two inodes stay two (control)');
  });
}

const HEAD = `# The labs

Each lab is a lesson and a test. \`sudo scripts/labs/NN-name\` runs it from a checkout, \`nslab lab run NAME\` from anywhere.
\`--step\` stops before each step, asks for predictions and can go back; \`-o json\` prints a report; \`--lang zh-CN\` is Chinese. \`nslab lab drill\` breaks
one thing of a whole stack, \`nslab lab drill NAME\` of a lab: find and repair it. Labs remove everything that they make.

This file is generated from the labs. Values that differ from run to run are replaced (\`PID\`, \`xxxx\`); inodes are numbered.
`;

async function chapter({ must }: KernelHost, file: string): Promise<string> {
  const [lab] = (await labsNamed([file.replace(/^\d+-|\.ts$/g, '')])) as [Lab];
  const title = `## ${file.slice(0, 2)} ${lab.title}`;
  const drawing = lab.drawing.replace(/^\n+|\s+$/g, '');
  // The output depends on the version of the engine.
  if (lab.lacks) return [title, '', lab.goal, '', drawing, '', OF_THIS_MACHINE, '', list(lab), ''].join('\n');
  const output = await must(['lab', 'run', lab.name]);
  const steps = output.slice(output.indexOf('\n1/'));
  return [title, '', lab.goal, '', drawing, '', '```', normalized(steps.trim()), '```', ''].join('\n');
}

const OF_THIS_MACHINE =
  'It needs a Docker engine, and its output depends on the engine. Without one it is skipped, with the reason.';

function list({ steps }: Lab): string {
  return steps
    .map(({ goal, checks }, at) =>
      [`${at + 1}. ${goal}`, ...checks.map(({ says }) => `   - ${says}`)].join('\n'),
    )
    .join('\n');
}

/** Ignores the width of columns, which depends on the replaced values. */
function withoutPadding(text: string): string {
  return text.replace(/ {2,}/g, '  ');
}

/** Replaces what differs from run to run: inodes by their order, so that equal ones stay equal; the rest by words. */
function normalized(text: string): string {
  const inodes = new Map<string, string>();
  const numbered = (inode: string) => {
    if (!inodes.has(inode)) inodes.set(inode, `inode ${inodes.size + 1}`.padEnd(10));
    return inodes.get(inode) ?? '';
  };
  return (
    text
      .replace(/\b402\d{7}\b/g, numbered)
      // The inode of a namespace that has ended may be reused.
      .replace(/(?<=^ {4}web\/app +inode )\d+/gm, 'N')
      .replace(/"\S*\/native\//g, '"…/')
      .replace(/(?<=[a-z]-|\blab\/)[0-9a-f]{4}\b/g, 'xxxx')
      .replace(/\b(nsv|nsbr|nslab_(?:svc_|pol_)?)[a-z0-9]{5,}/g, '$1xxxxxxxx')
      .replace(/(?<=\bnslab:)[a-z2-7]{8}:[0-9a-f]+/g, 'xxxxxxxx:xxxxxxxxxxxx')
      .replace(/(?<= group )\d+/g, 'N')
      .replace(/(?<=^ {2}(?:execve|clone)\(.*\) = )\d+$/gm, 'PID')
      .replace(/(?<=setns\(|pidfd_send_signal\()\d+(?=,)|(?<=fd\/)\d+/g, 'FD')
      .replace(/(?<=--target |kill -s \w+ )\d+/g, 'PID')
      .replace(/(?<=network namespace of |\/proc\/)\d+|(?<= netns |netns attach \S+ )\d+(?= = |$)/gm, 'PID')
      .replace(/(?<=^ {4}wired\/sleeper +)\d{2,}/gm, 'PID')
      .replace(/198\.18\.\d+\./g, '198.18.n.')
      .replace(/(?:203\.0\.113|198\.51\.100|192\.0\.2)\.\d+/g, 'a.b.c.d')
      .replace(/(?<=127\.0\.0\.1:|10\.\d+\.0\.1:)\d+/g, 'PORT')
      .replace(/(?<=tcp \. )\d+/g, 'PORT')
      .replace(new RegExp(`(?<=^ {4}host +)${hostname()}$`, 'gm'), 'HOST')
      .replace(/(?<=… (?:and )?)\d+/g, 'N')
      .replace(/ +$/gm, '')
      .replace(/^(?! {2}Why:)(.{118}).+$/gm, '$1…')
  );
}
