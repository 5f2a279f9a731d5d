import type { DeclareContext } from './command-options.ts';

/** Declares `lab`. */
export function declareLabs({ program, globals, finish }: DeclareContext): void {
  const lab = program.command('lab').description('lessons: list, show, run, drill');
  lab.helpCommand(false);
  lab
    .command('list')
    .description('list the lessons')
    .option('-o, --output <format>', 'table or json')
    .action(async (options) => finish(await (await import('./lab.ts')).labList(options)));
  lab
    .command('show <name...>')
    .description('print the goal, steps and checks of a lesson, without running it')
    .action(async (names) => finish(await (await import('./lab.ts')).labShow(names)));
  lab
    .command('run <name...>')
    .description('run a lesson; all runs every lesson')
    .option('--step', 'stop before each step and ask for predictions')
    .option('--keep', 'keep the pods of the lesson')
    .option('-o, --output <format>', 'text or json')
    .action(async (names, options) =>
      finish(await (await import('./lab.ts')).labRun(names, options, globals())),
    );
  lab
    .command('drill [name]')
    .description('find and repair a fault that nslab has injected into a lesson')
    .option('--seed <number>', 'choose the same fault again')
    .action(async (name, options) =>
      finish(await (await import('./drill.ts')).labDrill(name, options, globals())),
    );
}
