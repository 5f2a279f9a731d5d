import type { Command } from 'commander';
import { LANGUAGES } from '../lab/text/language.ts';
import { type DeclareContext, output, WordOption } from './command-options.ts';

/** Declares `lab`. */
export function declareLabs({ program, globals, finish }: DeclareContext): void {
  const lab = program.command('lab').description('lessons: list, show, run, drill, export, grade');
  lab.helpCommand(false);
  speaking(output(lab.command('list'), ['table', 'json']))
    .description('list the lessons')
    .action(async (options) => finish(await (await import('./lab.ts')).labList(options)));
  speaking(lab.command('show <name...>'))
    .description('print the goal, steps and checks of a lesson, without running it')
    .action(async (names, options) => finish(await (await import('./lab.ts')).labShow(names, options)));
  speaking(output(lab.command('run <name...>'), ['text', 'json']))
    .description('run a lesson; all runs every lesson')
    .option('--step', 'stop before each step and ask for predictions')
    .option('--keep', 'keep the pods of the lesson')
    .action(async (names, options) =>
      finish(await (await import('./lab.ts')).labRun(names, options, globals())),
    );
  speaking(output(lab.command('drill [name]'), ['text', 'json']))
    .description(
      'find and repair a fault that nslab has injected into a lesson; without a name, into the whole stack',
    )
    .option('--seed <number>', 'choose the same fault again')
    .action(async (name, options) =>
      finish(await (await import('./drill.ts')).labDrill(name, options, globals())),
    );
  speaking(lab.command('export [name...]'))
    .description('write each lesson as a page to print, and a copy with the answers of this machine')
    .option('--out <directory>', 'where to write the pages')
    .action(async (names, options) =>
      finish(await (await import('./lab-export.ts')).labExport(names, options, globals())),
    );
  output(lab.command('grade <directory>'), ['table', 'json'])
    .description('make a table of a class from the result files of its learners: NAME.json, NAME.wire.json')
    .action(async (directory, options) =>
      finish(await (await import('./lab-grade.ts')).labGrade(directory, options)),
    );
}

/** Adds `--lang`. */
function speaking(command: Command): Command {
  return command.addOption(
    new WordOption(
      '--lang <language>',
      `${LANGUAGES.join(' or ')} (default: by LC_ALL, LC_MESSAGES, LANG)`,
      LANGUAGES,
    ),
  );
}
