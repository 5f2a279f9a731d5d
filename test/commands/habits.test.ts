import type { Command } from 'commander';
import t from 'tap';
import { readSignalWords } from '../../src/commands/argv.ts';
import { commandPath } from '../../src/commands/completion/values.ts';
import { findCursor, findOption } from '../../src/commands/completion/words.ts';
import { EXAMPLES, examplesText } from '../../src/commands/examples.ts';
import { NEIGHBOURS } from '../../src/commands/neighbours.ts';
import { buildProgram } from '../../src/commands/program.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const program = buildProgram(() => {});

t.test('a signal as kill(1) takes it', async (t) => {
  for (const [typed, read] of [
    ['kill -9 web/u', 'kill -s 9 web/u'],
    ['kill -KILL web/u', 'kill -s KILL web/u'],
    ['kill -SIGRTMIN+1 w', 'kill -s SIGRTMIN+1 w'],
    ['kill web -9', 'kill web -s 9'],
    ['kill -s 9 web', 'kill -s 9 web'],
    ['--state-dir -9 kill web', '--state-dir -9 kill web'],
    ['kill -v -h --dry-run web', 'kill -v -h --dry-run web'],
    ['kill -- -9', 'kill -- -9'],
  ] as const)
    t.equal(readSignalWords(typed.split(' ')).join(' '), read, typed);
});

t.test('every command has examples, and each can be typed', async (t) => {
  const paths = commandsOf(program).map((command) => (command === program ? '' : commandPath(command)));
  t.same(Object.keys(EXAMPLES).sort(), paths.sort(), 'one table for all of them');
  const wrong = (path: string, line: string) => mistakes(program, path, line);
  for (const [path, examples] of Object.entries(EXAMPLES))
    for (const [line] of examples) t.same(wrong(path, line), [], line);
  t.same(wrong('ps', 'nslab ps --nonsense'), ['--nonsense'], 'an unknown option is found (control)');
  t.same(wrong('ps', 'nslab inspect web'), ['of inspect'], 'and another command (control)');
  t.same(wrong('version', 'nslab version now'), ['now'], 'and a word too many (control)');
  t.equal(examplesText('nonsense'), '');
});

t.test('no neighbour’s verb is one of ours, and what is said to be the same is', async (t) => {
  const names = program.commands.map((command) => command.name());
  t.same(
    Object.keys(NEIGHBOURS).filter((verb) => names.includes(verb)),
    [],
  );
  for (const answer of Object.values(NEIGHBOURS))
    for (const [line] of answer.matchAll(/nslab [a-z][^,()]*?(?=, or |, with |, after | \(|$)/g))
      t.same(mistakes(program, undefined, line), [], line);
});

if (requires(t, 'root', 'ip', 'nft', 'busybox'))
  t.test('what users of docker, kubectl and kill type', (t) =>
    onFreshHost(t, async ({ nslab, must, sh }) => {
      t.match(await must(['--version']), /^nslab \d+\.\d+\.\d+ \(node /);
      t.equal(await must(['-V']), await must(['version']));
      t.equal(await must(['help', 'network', 'create']), await must(['network', 'create', '-h']));
      t.match(await must(['help']), /^Usage: nslab/);
      t.match(await must(['up', '-h']), /\nExamples:\n {2}nslab up -d -f/);
      t.match(await must(['ps', '-h']), /\nGlobal Options:\n {2}--state-dir/);
      t.match(await must(['exec', '-h']), /nslab exec -it/);

      await must(['hold', 'web', '--network', 'none', '--state-dir', '/run/other']);
      t.equal(
        await must(['ps', '-q', '--state-dir', '/run/other']),
        'web\n',
        'a global option after the verb',
      );
      t.equal(await must(['--state-dir', '/run/other', 'ps', '-q']), 'web\n', 'and before it');
      t.equal(await must(['ps', '-q']), '', 'elsewhere there is none (control)');
      const verbose = await nslab(['hold', 'loud', '--network', 'none', '-v']);
      t.match(verbose.stderr, /unshare\(/, '-v after the verb');
      await must(['network', 'create', 'n', '--transcript', '/tmp/calls']);
      await must(['network', 'rm', 'n']);
      t.match(await sh('cat /tmp/calls; rm /tmp/calls'), /"channel"/);
      t.equal(
        await must(['exec', 'loud', 'echo', '-v', '--color', 'x']),
        '-v --color x\n',
        'not those of a command',
      );
      await must(['down', 'web', '--state-dir', '/run/other']);
      await must(['down', 'loud']);

      for (const pod of ['web', 'db']) {
        await must(['hold', pod, '--network', 'none']);
        await must(['run', '-d', '--name', 'w', '--pod', pod, '--', 'sleep', '1000']);
      }
      t.equal(await must(['ps', '-q', 'web']), 'web\nweb/w\n', 'ps NAME');
      t.equal(await must(['ps', '-q', 'db/w', 'web/w']), 'db/w\nweb/w\n');
      t.equal(await must(['ps', '-q', '--filter', 'name=db']), 'db\ndb/w\n');
      t.equal(await must(['ps', '-q', '--filter', 'name=/w', '--filter', 'name=db/p']), 'db\ndb/w\nweb/w\n');
      t.equal(
        await must([
          'ps',
          '-q',
          'web',
          '--filter',
          'name=w',
          '--filter',
          'name=x',
          '--filter',
          'state=running',
        ]),
        'web\nweb/w\n',
      );
      t.match(await nslab(['ps', 'nobody']), { status: 1, stderr: /no such pod/ });
      await must(['kill', '-9', 'web/w']);
      await must(['wait', 'web/w']);
      t.equal(await must(['ps', '-q', 'web', '--filter', 'state=run']), 'web\n', 'one has ended');

      const some = await nslab(['down', 'nobody', 'web']);
      t.match(some, { status: 1, stdout: 'web\n', stderr: /^nslab: no such pod: nobody\n/ }, 'the others go');
      t.match(await nslab(['down', 'web', '--ignore-not-found']), { status: 0, stdout: '', stderr: '' });
      // A pod whose holder is dead is removed by gc, which runs first: it was there.
      await sh('kill -9 $(pgrep -x pause)');
      t.match(await nslab(['down', 'db']), { status: 0, stdout: 'db\n' });
      await must(['gc']);
    }),
  );

/** What of an example is no command, no option and no operand. */
function mistakes(program: Command, path: string | undefined, line: string): string[] {
  const words = /nslab ([^|<>)]*)/.exec(line)?.[1]?.trim().split(/ +/) ?? [];
  const { command, operands } = findCursor(program, words);
  const actual = command === program ? '' : commandPath(command);
  const wrong =
    path === undefined ||
    actual === path ||
    path === 'lab' ||
    path === 'compare' ||
    path === 'network' ||
    path === 'service' ||
    path === 'policy' ||
    path === ''
      ? []
      : [`of ${actual}`];
  const own = words.slice(0, words.includes('--') ? words.indexOf('--') : words.length);
  const foreign = ['exec', 'run'].includes(actual);
  const flags = own.filter(
    (word) =>
      /^-[a-z-]/.test(word) &&
      !(actual === 'exec' && own.indexOf(word) > own.indexOf('NAME') && own.includes('NAME')),
  );
  const known = (flag: string) =>
    findOption(command, program, flag) !== undefined ||
    (/^-[a-z]{2,}$/.test(flag) &&
      [...flag.slice(1)].every((letter) => findOption(command, program, `-${letter}`))) ||
    (actual === 'kill' && flag === '-9');
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : command.registeredArguments.length;
  return [...wrong, ...flags.filter((flag) => !known(flag)), ...(foreign ? [] : operands.slice(most))];
}

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}
