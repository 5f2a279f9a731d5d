import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A command to be timed, with what has to be done before and after each time, unwatched. */
export interface Timed {
  readonly what: string;
  readonly command: readonly string[];
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

export interface Watched {
  readonly rounds: number;
  readonly commands: readonly Timed[];
}

/**
 * Times whole commands, in turn, as often as is wanted: reads a `Watched` and prints `{ what: [ms, …] }`. A process of its
 * own, so that nothing but the command lies between its two looks at the clock.
 */
const { rounds, commands } = JSON.parse(readFileSync(0, 'utf8')) as Watched;
const found: Record<string, number[]> = {};
for (let round = 0; round < rounds; round++)
  for (const { what, command, before, after } of commands) {
    if (before) succeed(before);
    const start = performance.now();
    succeed(command);
    const ms = performance.now() - start;
    if (after) succeed(after);
    found[what] = [...(found[what] ?? []), Math.round(ms * 100) / 100];
  }
console.log(JSON.stringify(found));

function succeed([program = '', ...args]: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error ?? stderr}`);
}
