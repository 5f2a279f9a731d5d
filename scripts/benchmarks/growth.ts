import { Host, program } from './host.ts';
import type { Growth } from './results.ts';

const { nslab } = program;

/** So many pods at once: what the commands take that look at all of them, and what a full bridge says. */
export async function measureGrowth(pods: number, rounds: number): Promise<Growth> {
  await using host = await Host.create();
  await host.run(nslab('network', 'create', 'wide', '--type', 'ptp', '--subnet', '10.250.0.0/16'));
  await host.run(program.compiled('crowd', 'wide', `${pods}`));
  const commands = await host.watch(rounds, [
    { what: 'nslab ps', command: nslab('ps') },
    { what: 'nslab ns', command: nslab('ns') },
    { what: 'nslab ns --all', command: nslab('ns', '--all') },
    { what: 'nslab map --all', command: nslab('map', '--all') },
  ]);
  const down = await host.watch(1, [{ what: 'nslab down --all', command: nslab('down', '--all') }]);
  await host.run(nslab('network', 'rm', 'wide'));
  return { pods, commands: { ...commands, ...down }, full: await fillBridge(host) };
}

/** linux/net/bridge/br_private.h: BR_PORT_BITS is 10, and port 0 is none. */
const PORTS = 1023;

async function fillBridge(host: Host): Promise<Growth['full']> {
  const said = JSON.parse(
    await host.run(program.compiled('crowd', 'default', `${PORTS + 1}`)),
  ) as Growth['full'];
  await host.run(nslab('down', '--all'));
  return said;
}
