import { Option } from 'commander';
import { changing, type DeclareContext, listing, output } from './command-options.ts';
import { listOfNamespace, objectsOfNamespace } from './namespace-option.ts';

/** Declares `service`, `policy`, `endpoints` and `sync`. */
export function declareServices({ program, globals, finish }: DeclareContext): void {
  const service = program.command('service').description('show and remove Services: ls, inspect, rm');
  service.helpCommand(false);
  listOfNamespace(listing(service.command('ls')))
    .description('list Services, and how many connections each has led')
    .action(async (options) => finish(await (await import('./service.ts')).serviceList(options, globals())));
  output(objectsOfNamespace(service.command('inspect <name...>')), ['json', 'yaml'])
    .description('print Services with the pods behind them')
    .action(async (names, options) =>
      finish(await (await import('./service.ts')).serviceInspect(names, options, globals())),
    );
  objectsOfNamespace(changing(service.command('rm <name...>')))
    .description('remove Services; their pods stay')
    .action(async (names, options) =>
      finish(await (await import('./service.ts')).serviceRemove(names, options, globals())),
    );

  const policy = program.command('policy').description('show and remove NetworkPolicies: ls, inspect, rm');
  policy.helpCommand(false);
  listOfNamespace(listing(policy.command('ls')))
    .description('list NetworkPolicies, the pods that they isolate, and what they have let pass and dropped')
    .action(async (options) => finish(await (await import('./policy.ts')).policyList(options, globals())));
  output(objectsOfNamespace(policy.command('inspect <name...>')), ['json', 'yaml'])
    .description('print NetworkPolicies with the pods that they isolate')
    .action(async (names, options) =>
      finish(await (await import('./policy.ts')).policyInspect(names, options, globals())),
    );
  objectsOfNamespace(changing(policy.command('rm <name...>')))
    .description('remove NetworkPolicies; their pods stay')
    .action(async (names, options) =>
      finish(await (await import('./policy.ts')).policyRemove(names, options, globals())),
    );

  listOfNamespace(listing(program.command('endpoints [service...]')))
    .description('list the pods behind Services')
    .action(async (names, options) =>
      finish(await (await import('./service.ts')).endpoints(names, options, globals())),
    );

  changing(program.command('sync'))
    .description(
      'bring the rules of Services and NetworkPolicies to what is there now; other commands do it by themselves',
    )
    .option('--watch', 'go on after each change, and tell of Services and endpoints, until Ctrl-C')
    .addOption(new Option('--queued', 'for shims: leave it to one that waits already').hideHelp())
    .action(async (options) => finish(await (await import('./sync.ts')).sync(options, globals())));
}
