/**
 * Runs many command lines in one process, as src/cli.ts does, without the start of a process for each. Input: one JSON array
 * of words per line. Output: the results as JSON. Run by argv.test.ts in a pretend host.
 */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { buildProgram } from '../../src/commands/program.ts';
import { InputError, OperationError } from '../../src/sys/errors.ts';

export interface Outcome {
  readonly kind: 'done' | 'usage' | 'input' | 'operation' | 'unforeseen';
  readonly message: string;
  readonly ms: number;
}

const outcomes: Outcome[] = [];
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
process.stderr.write = () => true;
process.setMaxListeners(0);
process.on('unhandledRejection', (error) => outcomes.push(judge(error, 0)));
for (const line of readFileSync(0, 'utf8').trim().split('\n'))
  outcomes.push(await attempt(JSON.parse(line) as string[]));
answer(JSON.stringify(outcomes), () => process.kill(process.pid, 'SIGKILL'));

async function attempt(words: readonly string[]): Promise<Outcome> {
  const start = performance.now();
  const program = buildProgram(() => {});
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)])
    command.exitOverride().configureOutput({ outputError: () => {} });
  try {
    await program.parseAsync(words, { from: 'user' });
    return { kind: 'done', message: '', ms: performance.now() - start };
  } catch (error) {
    return judge(error, performance.now() - start);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
  }
}

function judge(error: unknown, ms: number): Outcome {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof CommanderError)
    return { kind: error.exitCode === 0 ? 'done' : 'usage', message: error.message, ms };
  if (error instanceof InputError) return { kind: 'input', message: error.message, ms };
  if (error instanceof OperationError) return { kind: 'operation', message: error.message, ms };
  return { kind: 'unforeseen', message, ms };
}
