import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultPoint, faultPoints } from './fault-points.ts';
import { leftBehind } from './left-behind.ts';
import { PretendHost, type Result } from './pretend-host.ts';
import { nslab, type Program } from './program.ts';
import type { Snapshot } from './snapshot.ts';
import { podIsWhole } from './wholeness.ts';

/** Arguments of the program, or a shell line. */
export type Step = readonly string[] | string;

/** A verb to test with a fault at every system call, and what it may leave behind. */
export interface Trial {
  readonly name: string;
  readonly program: Program;
  readonly pod: string;
  /** Commands before the verb; each must exit with status 0. */
  readonly prepare: readonly Step[];
  readonly verb: readonly string[];
  /** In the verb, `UID` stands for the uid of this pod of the preparation. */
  readonly uidOf?: string;
  /** Whether the verb's result exists, by the kernel's facts. Default: the pod is whole. */
  readonly isWhole?: (host: PretendHost, trial: Trial) => Promise<boolean>;
  /**
   * What one gc restores when the result does not exist: the host before the preparation (default) or after it. Or neither,
   * for a verb that stops something: then the pod must be whole, and `mend` must restore the rest.
   */
  readonly undoneTo?: 'unprepared' | 'prepared' | 'mendable';
  readonly mend?: readonly Step[];
  /** The verb creates nothing that lasts: killed at any call, the host is as prepared after one gc. */
  readonly leavesNothing?: boolean;
  /** Removes what the verb has created. Default: `down POD`. */
  readonly undo?: readonly Step[];
  /** Checks that the name can be used again: creates the pod (default: `hold POD`) and removes it (`down POD`). */
  readonly again?: { readonly make: readonly Step[]; readonly unmake: readonly Step[] };
  /** The verb removes something: an interrupt does not stop it, and after an error gc may have to finish it. */
  readonly undoes?: boolean;
}

/** The uplink, because host ports and forwarding need a default route; its own /tmp, to find files left there. */
const HOST = { uplink: true, tmp: true };

/**
 * A pod of another state directory in the same network namespace, before the first snapshot: then every comparison with one
 * also says that nothing of the other's was touched.
 */
async function holdBeside(host: PretendHost): Promise<void> {
  const pod = ['hold', 'bystander', '-p', '1080:80'];
  const result = await host.run([...nslab.argv, '--state-dir', '/run/bystander', ...pod]);
  if (result.status !== 0) throw new Error(`bystander: ${result.stderr}`);
}

/** One trial in a fresh pretend host, with the snapshots to compare and the list of violations. */
export class Bench {
  readonly problems: string[] = [];
  readonly host: PretendHost;
  readonly trial: Trial;
  readonly unprepared: Snapshot;
  readonly prepared: Snapshot;
  /** The verb's command line, as the host runs it. */
  readonly argv: readonly string[];

  private constructor(
    host: PretendHost,
    trial: Trial,
    unprepared: Snapshot,
    prepared: Snapshot,
    argv: readonly string[],
  ) {
    this.host = host;
    this.trial = trial;
    this.unprepared = unprepared;
    this.prepared = prepared;
    this.argv = argv;
  }

  static async create(trial: Trial): Promise<Bench> {
    const host = await PretendHost.create(HOST);
    try {
      if (process.env.NSLAB_BYSTANDER) await holdBeside(host);
      const unprepared = await host.snapshot();
      await prepare(host, trial);
      const prepared = trial.prepare.length > 0 ? await host.snapshot() : unprepared;
      return new Bench(host, trial, unprepared, prepared, await argvOf(host, trial));
    } catch (error) {
      await host.destroy();
      throw error;
    }
  }

  async isWhole(): Promise<boolean> {
    return await (this.trial.isWhole ?? podIsWhole)(this.host, this.trial);
  }

  /** Runs each step and records failures. */
  async must(...steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const result = await take(this.host, this.trial, step);
      if (result.status !== 0 || result.outputHeld) this.problems.push(`${words(step)}: ${said(result)}`);
    }
  }

  async undo(): Promise<void> {
    await this.must(...(this.trial.undo ?? [['down', this.trial.pod]]));
  }

  /** Records every difference between the host and the snapshot. True: there is none. */
  async expect(wanted: Snapshot, when: string): Promise<boolean> {
    const { patience } = this.trial.program;
    const lines = await leftBehind(this.host, wanted, { patience });
    this.problems.push(...lines.map((line) => `${when}: ${line}`));
    return lines.length === 0;
  }

  /** Waits up to 2 s until processes that the fault orphaned (holder, ip, nft) have exited. */
  async settle(): Promise<void> {
    let seen = '';
    let same = 0;
    for (let looks = 0; looks < 80 && same < 5; looks++) {
      const { stdout } = await this.host.run(['bash', '-c', NEW_PROCESSES]);
      const extra = stdout
        .split('\n')
        .filter((line) => line !== '' && !this.unprepared.some((fact) => isOf(fact, line)));
      if (extra.length === 0) return;
      // A workload's loop starts one `sleep` after the other.
      const now = extra.join().replace(/\d+ \(sleep\)/g, '(sleep)');
      const isBusy = / [RD](,|$)|\((ip|nft|node|MainThread|strace)\)/.test(now);
      same = now === seen && !isBusy ? same + 1 : 0;
      seen = now;
      await sleep(25);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.destroy();
  }
}

/** The fault points of a trial's verb, from one clean run. */
export async function pointsOf(trial: Trial): Promise<readonly FaultPoint[]> {
  await using host = await PretendHost.create(HOST);
  await prepare(host, trial);
  const { program } = trial;
  const { points, result } = await faultPoints(host, await argvOf(host, trial), program.stateDir, program);
  if (result.status !== 0) throw new Error(`${trial.name} fails by itself: ${said(result)}`);
  return points;
}

async function argvOf(host: PretendHost, { program, verb, uidOf }: Trial): Promise<readonly string[]> {
  if (uidOf === undefined) return [...program.argv, ...verb];
  const { stdout } = await host.run(['cat', `${program.stateDir}/pods/${uidOf}/intent.json`]);
  const { uid } = JSON.parse(stdout) as { uid: string };
  return [...program.argv, ...verb.map((word) => (word === 'UID' ? uid : word))];
}

async function prepare(host: PretendHost, trial: Trial): Promise<void> {
  for (const step of trial.prepare) {
    const result = await take(host, trial, step);
    if (result.status !== 0)
      throw new Error(`${trial.name}: the preparation fails: ${words(step)}: ${said(result)}`);
  }
}

async function take(host: PretendHost, { program }: Trial, step: Step): Promise<Result> {
  return typeof step === 'string'
    ? await host.run(['bash', '-c', step])
    : await host.run([...program.argv, ...step], program);
}

function words(step: Step): string {
  return typeof step === 'string' ? step : step.join(' ');
}

const NEW_PROCESSES = `for f in /proc/[0-9]*/stat; do
  { read -r line < $f; } 2>/dev/null || continue
  head="\${line%)*})" rest="\${line##*) }"; [ "\${head%% *}" = $$ ] || echo "$head \${rest:0:1}"
done`;

/** Whether a fact of a snapshot is the process of a line of the above, which ends with its state. */
function isOf(fact: string, line: string): boolean {
  return fact.startsWith(`process: ${line.slice(0, -2)} `);
}

export function said({ status, timedOut, outputHeld, stderr, stdout }: Result): string {
  const words = (stderr || stdout).trim().slice(0, 2000);
  return `status ${status}${timedOut ? ' (timed out)' : ''}${outputHeld ? ' (its output is still held open)' : ''}: ${words}`;
}
