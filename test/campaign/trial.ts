import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultPoint, faultPoints } from './fault-points.ts';
import { leftBehind } from './left-behind.ts';
import { PretendHost, type Result } from './pretend-host.ts';
import type { Program } from './program.ts';
import type { Snapshot } from './snapshot.ts';
import { podIsWhole } from './wholeness.ts';

/** Arguments of the program, or a shell line. */
export type Step = readonly string[] | string;

/** A verb that a fault is to meet everywhere, and what may be left of it. */
export interface Trial {
  readonly name: string;
  readonly program: Program;
  readonly pod: string;
  /** Done before the verb, each with status 0. */
  readonly prepare: readonly Step[];
  readonly verb: readonly string[];
  /** True when what the verb promised is there, by the kernel's facts. By default: the pod is whole. */
  readonly isWhole?: (host: PretendHost, trial: Trial) => Promise<boolean>;
  /**
   * What one gc restores when it is not: the host as it was before the preparation (default) or after it; or neither,
   * because the verb was to end something, but then the pod must be whole and `mend` must make all of it whole.
   */
  readonly undoneTo?: 'unprepared' | 'prepared' | 'mendable';
  readonly mend?: readonly Step[];
  /** Makes nothing that lasts: wherever it is killed, the host is as prepared, and what was whole is, without gc. */
  readonly leavesNothing?: boolean;
  /** Takes away what the verb has made. By default: `down POD`. */
  readonly undo?: readonly Step[];
  /** Shows that the name can be used again: makes the pod (by default: `hold POD`), and takes it away (`down POD`). */
  readonly again?: { readonly make: readonly Step[]; readonly unmake: readonly Step[] };
  /** What it does is an undoing: an interrupt does not stop it, and after an error gc may have to finish it. */
  readonly undoes?: boolean;
}

/** The uplink because hostPorts and forwarding look for a default route; the own /tmp because forgotten files count. */
const HOST = { uplink: true, tmp: true };

/** One trial in a fresh pretend host, with the snapshots to which it is held and the list of what was not as promised. */
export class Bench {
  readonly problems: string[] = [];
  readonly host: PretendHost;
  readonly trial: Trial;
  readonly unprepared: Snapshot;
  readonly prepared: Snapshot;

  private constructor(host: PretendHost, trial: Trial, unprepared: Snapshot, prepared: Snapshot) {
    this.host = host;
    this.trial = trial;
    this.unprepared = unprepared;
    this.prepared = prepared;
  }

  static async create(trial: Trial): Promise<Bench> {
    const host = await PretendHost.create(HOST);
    try {
      const unprepared = await host.snapshot();
      await prepare(host, trial);
      return new Bench(
        host,
        trial,
        unprepared,
        trial.prepare.length > 0 ? await host.snapshot() : unprepared,
      );
    } catch (error) {
      await host.destroy();
      throw error;
    }
  }

  async isWhole(): Promise<boolean> {
    return await (this.trial.isWhole ?? podIsWhole)(this.host, this.trial);
  }

  /** Does each step, and takes note of one that fails. */
  async must(...steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const result = await take(this.host, this.trial, step);
      if (result.status !== 0 || result.outputHeld) this.problems.push(`${words(step)}: ${said(result)}`);
    }
  }

  async undo(): Promise<void> {
    await this.must(...(this.trial.undo ?? [['down', this.trial.pod]]));
  }

  /** Takes note of every line by which the host differs. True when there is none. */
  async expect(wanted: Snapshot, when: string): Promise<boolean> {
    const { patience } = this.trial.program;
    const lines = await leftBehind(this.host, wanted, { patience });
    this.problems.push(...lines.map((line) => `${when}: ${line}`));
    return lines.length === 0;
  }

  /** The verb's own words and arguments, as the host runs them. */
  get argv(): readonly string[] {
    return [...this.trial.program.argv, ...this.trial.verb];
  }

  /**
   * Waits until the host rests: what the fault orphaned (holder, ip, nft) has ended or stays. Counted in looks, each of which
   * starts a process, because a look costs more where everything else does. A workload that never rests ends it, too.
   */
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
  const { program, verb } = trial;
  const { points, result } = await faultPoints(host, [...program.argv, ...verb], program.stateDir, program);
  if (result.status !== 0) throw new Error(`${trial.name} fails by itself: ${said(result)}`);
  return points;
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
