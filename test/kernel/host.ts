import type { Test } from 'tap';
import { collapsed, leftBehind } from '../campaign/left-behind.ts';
import { type HostOptions, PretendHost, type Result, type RunOptions } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';

/** A pretend host with nslab at hand. */
export interface KernelHost {
  readonly host: PretendHost;
  /** What starts nslab, before its arguments. */
  readonly argv: readonly string[];
  /** Runs `nslab ARGS` as a user would. */
  nslab(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** The same, for what is only a step on the way: throws unless the status is 0, and gives stdout. */
  must(args: readonly string[], options?: RunOptions): Promise<string>;
  /** A bash line, for the witnesses (`ip -j`, `lsns`, `nsenter`): throws unless the status is 0, and gives stdout. */
  sh(script: string): Promise<string>;
}

/** Gives a test a pretend host of its own, and ends it with the assertion that nothing is left in it. */
export async function onFreshHost(
  t: Test,
  body: (host: KernelHost) => Promise<void>,
  options: HostOptions = { uplink: true, tmp: true },
): Promise<void> {
  await using host = await PretendHost.create(options);
  const before = await host.snapshot();
  await body(kernelHost(host, program.argv));
  t.same(collapsed(await leftBehind(host, before)), [], 'nothing is left');
}

/** The same host, where nslab has a state directory of its own, and may be started in another namespace. */
export function withStateDir(
  { host }: KernelHost,
  stateDir: string,
  enter: readonly string[] = [],
): KernelHost {
  return kernelHost(host, [...enter, ...program.argv, '--state-dir', stateDir]);
}

function kernelHost(host: PretendHost, argv: readonly string[]): KernelHost {
  const nslab: KernelHost['nslab'] = (args, more) => host.run([...argv, ...args], more);
  return {
    host,
    argv,
    nslab,
    must: async (args, more) => succeeded(`nslab ${args.join(' ')}`, await nslab(args, more)),
    sh: async (script) => succeeded(script, await host.run(['bash', '-c', script])),
  };
}

function succeeded(what: string, { status, stdout, stderr }: Result): string {
  if (status !== 0) throw new Error(`${what}: status ${status}: ${stderr || stdout}`);
  return stdout;
}
