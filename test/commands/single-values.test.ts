import type { Command } from 'commander';
import t from 'tap';
import { collect } from '../../src/commands/command-options.ts';
import { buildProgram } from '../../src/commands/program.ts';
import { InputError } from '../../src/sys/errors.ts';

/** Every option of every command, from the declarations. */
function allOptions(command: Command, path: readonly string[] = []): Declared[] {
  return [
    ...command.options.map((option) => ({ path, option })),
    ...command.commands.flatMap((each) => allOptions(each, [...path, each.name()])),
  ];
}

interface Declared {
  readonly path: readonly string[];
  readonly option: Command['options'][number];
}

/** What parsing says; undefined where it passes the options. The action is never reached: a required argument is missing. */
async function refusal(words: readonly string[]): Promise<InputError | undefined> {
  const program = buildProgram(() => {});
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    command.action(() => {});
    command.commands.forEach(silence);
  };
  silence(program);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof InputError) return error;
  }
  return undefined;
}

const declared = allOptions(buildProgram(() => {}));
const valued = declared.filter(({ option }) => option.required || option.optional);

t.test('an option that takes one value is refused when it is given twice, and named', async (t) => {
  const single = valued.filter(({ option }) => (option.parseArg as unknown) !== collect);
  t.ok(single.length > 40, `${single.length} of them`);
  for (const { path, option } of single) {
    const value = option.argChoices?.[0] ?? 'x';
    const once = [option.long ?? '', value];
    const words = path.length === 0 ? [...once, ...once, 'ps'] : [...path, ...once, ...once];
    const refused = await refusal(words);
    t.match(refused?.message, `${option.long} is given twice, and takes one value`, words.join(' '));
    if (option.short) {
      const mixed = await refusal([...path, option.short, value, `${option.long}=${value}`]);
      t.match(mixed?.message, `${option.long} is given twice`, `${path.join(' ')}: ${option.flags}`);
    }
    t.equal(await refusal([...path, ...once]), undefined, 'and not when it is given once (control)');
  }
});

t.test('an option that collects values may be given again, and says so', async (t) => {
  const many = valued.filter(({ option }) => (option.parseArg as unknown) === collect);
  t.ok(many.length > 5, `${many.length} of them`);
  for (const { path, option } of many) {
    const words = [...path, option.long ?? '', 'x', option.long ?? '', 'y'];
    t.equal(await refusal(words), undefined, words.join(' '));
    t.match(option.description, /repeatable|again/);
  }
  for (const { option } of valued)
    if (/repeatable|again for/.test(option.description))
      t.equal(option.parseArg as unknown, collect, `${option.flags} does what its help says`);
});
