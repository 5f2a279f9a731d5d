import type { Declaring } from './declaring.ts';

/** Lessons. */
export function declareLabs({ program, globals, finish }: Declaring): void {
  const lab = program.command('lab').description('lessons: list, show, run, drill');
  lab.helpCommand(false);
  lab
    .command('list')
    .description('the lessons')
    .option('-o, --output <format>', 'table or json')
    .action(async (options) => finish(await (await import('./lab.ts')).labList(options)));
  lab
    .command('show <name...>')
    .description('what a lesson is about, without doing anything')
    .action(async (names) => finish(await (await import('./lab.ts')).labShow(names)));
  lab
    .command('run <name...>')
    .description('run a lesson, or all of them')
    .option('--step', 'stop before each step')
    .option('--keep', 'leave what was made')
    .option('-o, --output <format>', 'text or json')
    .action(async (names, options) =>
      finish(await (await import('./lab.ts')).labRun(names, options, globals())),
    );
  lab
    .command('drill [name]')
    .description('one thing is broken: find it, and mend it')
    .option('--seed <number>', 'the same drill again')
    .action(async (name, options) =>
      finish(await (await import('./drill.ts')).labDrill(name, options, globals())),
    );
}
