import { Host, program } from './host.ts';
import type { Crowd, Growth } from './results.ts';
import type { Timed } from './stopwatch.ts';

const { nslab } = program;

/** What people do, where there are so many pods already that they do not touch; and what a full bridge says. */
export async function measureGrowth(crowds: readonly number[], rounds: number): Promise<Growth> {
  const found: Crowd[] = [];
  for (const pods of crowds) found.push(await measureCrowd(pods, rounds));
  return { crowds: found, full: await fillBridge() };
}

async function measureCrowd(pods: number, rounds: number): Promise<Crowd> {
  await using host = await Host.create();
  await host.run(nslab('network', 'create', 'wide', '--type', 'ptp', '--subnet', '10.250.0.0/16'));
  await host.run(nslab('hold', 'stands', '--network', 'wide'));
  if (pods > 0) await host.run(program.compiled('crowd', 'wide', `${pods}`));
  const commands = await host.watch(rounds, COMMANDS);
  const loop = JSON.parse(await host.run(program.compiled('loop', 'wide', '30'))) as Crowd['loop'];
  const down = await host.watch(1, [{ what: 'nslab down --all', command: nslab('down', '--all') }]);
  await host.run(nslab('network', 'rm', 'wide'));
  return { pods, commands: { ...commands, ...down }, loop };
}

const HOLD = nslab('hold', 'fresh', '--network', 'wide');
const DOWN = nslab('down', 'fresh');

const COMMANDS: readonly Timed[] = [
  { what: 'node -e 0', command: ['node', '-e', '0'] },
  { what: 'nslab hold', command: HOLD, after: DOWN },
  { what: 'nslab down NAME', before: HOLD, command: DOWN },
  {
    what: 'nslab run -d',
    command: nslab('run', '-d', '--name', 'w', '--pod', 'stands', '--', 'sleep', 'infinity'),
    after: nslab('rm', '-f', 'stands/w'),
  },
  { what: 'nslab exec', command: nslab('exec', 'stands', 'true') },
  { what: 'nslab ps', command: nslab('ps') },
  { what: 'nslab ns', command: nslab('ns') },
  { what: 'nslab ns --all', command: nslab('ns', '--all') },
  { what: 'nslab map --all', command: nslab('map', '--all') },
];

/** linux/net/bridge/br_private.h: BR_PORT_BITS is 10, and port 0 is none. */
const PORTS = 1023;

async function fillBridge(): Promise<Growth['full']> {
  await using host = await Host.create();
  const said = await host.run(program.compiled('crowd', 'default', `${PORTS + 1}`));
  await host.run(nslab('down', '--all'));
  return JSON.parse(said) as Growth['full'];
}
