import type { FactComparison } from '../../src/compare/verdict.ts';
import type { PretendHost, Result, RunOptions } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import type { Engine } from './engine.ts';

/** Runs nslab with DOCKER_HOST set to this engine. */
export function nslab(
  host: PretendHost,
  engine: Engine,
  words: string[],
  options: RunOptions = {},
): Promise<Result> {
  const env = { DOCKER_HOST: engine.command()[2], ...options.env };
  return host.run([...program.argv, ...words], { ...options, env });
}

/** The objects in the engine, and those of nslab on the host. */
export async function everything(host: PretendHost, engine: Engine): Promise<string> {
  const { stdout } = await host.run(['bash', '-c', EVERYTHING], { env: { SOCKET: engine.command()[2] } });
  return stdout;
}

const EVERYTHING = `
docker -H $SOCKET ps -a --format 'container {{.Names}}'
docker -H $SOCKET images -a --format 'image {{.Repository}} {{.ID}}'
docker -H $SOCKET volume ls --format 'volume {{.Name}}'
docker -H $SOCKET network ls --format 'network {{.Name}} {{.ID}}'
ls /run/nslab/pods /run/nslab/networks 2>/dev/null
ip -o link show | grep -o 'ns[vb]\\w*\\|veth\\w*'
ls -d /tmp/tmp.* 2>/dev/null
true`;

export function rowsOf({ stdout, stderr }: Result): FactComparison[] {
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { rows: FactComparison[] }).rows;
}

/** The facts that differ without a known reason. */
export function different(rows: readonly FactComparison[]): string[] {
  return rows.filter(({ verdict }) => verdict === 'different').map(({ fact }) => fact);
}
