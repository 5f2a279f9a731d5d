import type { Command } from 'commander';
import { type DeclareContext, output, WordOption } from './command-options.ts';
import { topicText } from './topics.ts';

/** Declares `ns`, `map`, `trace`, `ping`, `capture` and `events`: views of the kernel's state, of which nothing stays. */
export function declareObserving({ program, globals, finish }: DeclareContext): void {
  const ns = matrix(program.command('ns [name...]'))
    .description('show which processes share which namespaces, by inode')
    .option('--all', 'every namespace of this machine, and what keeps it alive')
    .action(async (names, options) => finish(await (await import('./ns.ts')).ns(names, options, globals())));
  ns.helpCommand(false);
  matrix(ns.command('why <inode|name>'))
    .description('list everything that keeps a namespace alive, or those of a pod')
    .action(async (inode, options) =>
      finish(await (await import('./ns-why.ts')).nsWhy(inode, options, globals())),
    );
  output(program.command('map'), ['text', 'mermaid', 'dot', 'svg', 'json'])
    .description('show network namespaces, their interfaces, and the links between them')
    .option('--all', 'everything on this machine, not only what is connected to our pods and this host')
    .option('-w, --watch', 'again after each change, until Ctrl-C, which is status 0')
    .option(
      '--serve <address:port>',
      'the same in a browser of this machine; 127.0.0.1:0 takes any free port',
    )
    .action(async (options) => finish(await (await import('./map.ts')).map(options, globals())));
  output(program.command('trace <from> <to...>'), ['text', 'mermaid', 'json'])
    .usage('[options] FROM [tcp|udp|icmp] DEST[:PORT]')
    .description(
      'send one probe, and show its way through namespaces, bridges, rules and NAT, and who stops it',
    )
    .addOption(
      new WordOption('--expect <result>', 'status 3 unless that is the result: reach, refused or dropped', [
        'reach',
        'refused',
        'dropped',
      ]),
    )
    .action(async (from, to, options) =>
      finish(await (await import('./trace.ts')).trace([from, ...to], options, globals())),
    );
  output(program.command('ping [end...]'), ['table', 'markdown', 'json'])
    .usage('[options] --all | FROM [tcp|icmp] DEST[:PORT]')
    .description(
      'show who reaches whom, with the time of each answer, and name the trace that says why one does not',
    )
    .option('--all', 'this host, its pods, the ports of its Services, and the gateway of its default route')
    .option('--timeout <duration>', 'how long an answer is waited for (default: 1s)')
    .action(async (ends, options) =>
      finish(await (await import('./ping.ts')).ping(ends, options, globals())),
    );
  program
    .command('capture <where> [filter...]')
    .usage('[options] WHERE [FILTER...]')
    .description(
      'show packets as they pass, with the names of who is who: of POD, POD/WORKLOAD, host, a name of `ip netns`, a pid, a path, or a link of this host',
    )
    .option('-i, --interface <link>', 'one link of it; default: all, also those that come later')
    .option('-w, --write <file>', 'write pcapng, for Wireshark; - is standard output')
    .option('-c, --count <n>', 'end after n packets; default: at Ctrl-C, which is status 0 as with tcpdump')
    .addHelpText('after', topicText('capture'))
    .action(async (where, filter, options) =>
      finish(await (await import('./capture.ts')).capture(where, filter, options, globals())),
    );
  output(program.command('events [type...]'), ['text', 'json'])
    .usage('[options] [TYPE...]')
    .description(
      'show what changes, as it happens: the network of this host and of all that is wired to it, pods, workloads, Services',
    )
    .option('-f, --follow', 'as it is without: nothing is on record from before')
    .option('-c, --count <n>', 'end after n events; default: at Ctrl-C, which is status 0')
    .addHelpText('after', topicText('events'))
    .action(async (types, options) =>
      finish(await (await import('./events.ts')).events(types, options, globals())),
    );
}

function matrix(command: Command): Command {
  return output(command, ['table', 'wide', 'json', 'yaml']).option('--no-headers', 'without the header line');
}
