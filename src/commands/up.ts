import { claimsDirectory, type Declared, noticesOf, readDeclared } from '../api/declared.ts';
import { readSources } from '../api/sources.ts';
import type { PodManifest } from '../manifest/read.ts';
import { bringUp } from '../pod/bring-up.ts';
import { podDifferences } from '../pod/diff-pod.ts';
import type { Host } from '../pod/host.ts';
import { holdJobs } from '../pod/job.ts';
import { detachAll } from '../pod/make-pods.ts';
import { addressesOf } from '../pod/record.ts';
import type { OwnedPod } from '../pod/up.ts';
import { waitForPods } from '../pod/wait-for-pods.ts';
import { removeServices } from '../service/apply.ts';
import { parseDuration } from '../spec/duration.ts';
import type { PodPlan } from '../spec/workload-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { Interrupted } from '../sys/interrupts.ts';
import { makeClaims } from '../translate/claims.ts';
import { followUntilEnd } from './follow-until-end.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { makeWithProgress } from './make-with-progress.ts';
import { leftOut, withPoliciesFor } from './manifest-policies.ts';
import { withServicesFor } from './manifest-services.ts';
import { checkFormat } from './output-format.ts';
import { initContainer } from './pods-at-work.ts';
import { withProgress } from './progress.ts';
import { runBySchedule } from './run-by-schedule.ts';
import { type ChangeOptions, type DryRunFormat, openChangingSession, type Session } from './session.ts';

export interface UpOptions extends ChangeOptions {
  readonly filename?: readonly string[];
  readonly detach?: boolean;
  /** True without a duration. */
  readonly wait?: boolean | string;
  readonly network?: string;
  readonly netns?: string;
  readonly image?: readonly string[];
  readonly allowHostPath?: boolean;
  readonly ignoreUnsupported?: boolean;
  readonly namespace?: string;
  readonly volumes?: string;
  readonly schedule?: boolean;
  readonly output?: string;
}

/**
 * `nslab up -f FILE…`: creates the pods of manifests. In the foreground they end with this command; with -d they stay, and
 * --wait waits until they are ready.
 */
export async function up(
  files: readonly string[],
  options: UpOptions,
  globals: GlobalOptions,
): Promise<number> {
  if (files.length > 0)
    throw new InputError('up takes its manifests by -f', {
      hint: `nslab up -d ${files.map((file) => `-f ${file}`).join(' ')}`,
    });
  const plan = dryRunFormat(options);
  const patience = readPatience(options);
  const declared = readPods(options, globals);
  const { pods, plan: plansOf } = declared;
  if (options.schedule) return upBySchedule(pods, plansOf, options, globals);
  const plans = plansOf(pods);
  const session = await openChangingSession(globals, {
    ...{ ...options, plan },
    touches: plans.map(({ spec }) => spec.name),
  });
  const { host, root, announce } = session;
  // After gc: a dead pod of the same name is gone.
  const wanted = missingPods(plans, root);
  if (plan === 'script') requireOnePod(plans.length, wanted.length);
  const claims = claimsDirectory(options.volumes);
  if (claims !== undefined && !options.dryRun) makeClaims(claims, wanted);
  let release = () => {};
  const stays = options.detach || options.dryRun || options.wait !== undefined;
  const served = options.dryRun ? leftOut(declared) : declared;
  const {
    result: { result: made, applied },
    end,
  } = await withPoliciesFor(host, root, { ...served, stays }, () =>
    withServicesFor(host, root, { ...served, plans: wanted, stays }, (known, serve) =>
      makeAll(session, known, async (made) => {
        await serve();
        if (patience !== undefined) release = holdJobs(made.map(({ pod }) => pod.files));
        await (stays ? detachAll : settleAll)(made);
      }),
    ),
  );
  if (!stays) {
    if (made.length === 0) return 0;
    try {
      return await followUntilEnd(session, made, plans, globals);
    } finally {
      await removeServices(host, root, applied.made, applied.given);
      await end();
    }
  }
  // Not before: a pod that is named stays.
  for (const { pod } of made) announce(pod.intent.name);
  if (patience !== undefined && !options.dryRun)
    await withProgress((say) => {
      say(() => waitingFor(root, plans));
      return waitUntilReady(session, plans, patience);
    }).finally(() => {
      for (const { pod } of made) host.showTranscript(pod.files.transcript);
      release();
    });
  return 0;
}

function makeAll(
  session: Session,
  wanted: readonly PodPlan[],
  settle: (made: readonly OwnedPod[]) => void | Promise<void>,
): Promise<readonly OwnedPod[]> {
  const pods = wanted.map((plan) => ({
    name: plan.spec.name,
    make: (host: Host) => bringUp(host, session.root, plan),
  }));
  return makeWithProgress(session, pods, () => {}, settle);
}

/** Runs CronJobs when they are due, until a signal comes: each as in the foreground. */
async function upBySchedule(
  pods: readonly PodManifest[],
  plansOf: (pods: readonly PodManifest[]) => readonly PodPlan[],
  options: UpOptions,
  globals: GlobalOptions,
): Promise<number> {
  const other = pods.find(({ schedule }) => schedule === undefined);
  if (other) throw new InputError(`--schedule runs CronJobs, and "${other.name}" is of a ${other.kind}`);
  if (options.detach || options.dryRun || options.wait !== undefined)
    throw new InputError('--schedule runs in the foreground: without -d, --wait and --dry-run');
  const session = await openChangingSession(globals, options);
  return runBySchedule(pods, session.host.interrupts, async (due) => {
    const wanted = missingPods(plansOf(due), session.root);
    const claims = claimsDirectory(options.volumes);
    if (claims !== undefined) makeClaims(claims, wanted);
    await followUntilEnd(session, await makeAll(session, wanted, settleAll), wanted, globals);
  });
}

function waitingFor(root: string, plans: readonly PodPlan[]): string {
  const [first, ...more] = plans.map(({ spec }) => spec.name);
  if (first === undefined || more.length > 0) return `waiting for ${plans.length} pods`;
  return `waiting for pod ${first}${initContainer(root, first)}`;
}

async function waitUntilReady(
  { host, root }: Session,
  plans: readonly PodPlan[],
  patience: number,
): Promise<void> {
  const names = plans.map(({ spec }) => spec.name);
  try {
    await waitForPods(host, root, names, patience, printNotice);
  } catch (error) {
    if (error instanceof Interrupted) throw new Interrupted(error.signal, 'the pods stay');
    throw error;
  }
}

/** In milliseconds; undefined: it does not wait. */
function readPatience({ wait }: UpOptions): number | undefined {
  if (wait === undefined || wait === false) return undefined;
  return wait === true ? Number.POSITIVE_INFINITY : parseDuration(wait, '--wait');
}

function dryRunFormat({ dryRun = false, output }: UpOptions): DryRunFormat {
  if (output !== undefined && !dryRun)
    throw new InputError('-o is the format of a plan: it needs --dry-run', {
      hint: '`nslab inspect` shows a pod',
    });
  return checkFormat(output ?? 'text', ['text', 'json', 'script']);
}

/** A script builds one pod. The script of an existing pod comes from its transcript. */
function requireOnePod(pods: number, wanted: number): void {
  if (pods === 1 && wanted === 1) return;
  throw new InputError(`a script builds one new pod${pods > 1 ? `, and these manifests have ${pods}` : ''}`, {
    hint: 'for an existing pod: nslab transcript POD -o script',
  });
}

/** Finds every error of the manifests before anything is changed. */
function readPods(options: UpOptions, globals: GlobalOptions): Declared {
  const { filename = [], image: images, volumes, schedule } = options;
  const netnsName = readNetnsName(options);
  const reading = { ...options, netnsName, images, claims: volumes, bySchedule: schedule };
  return readDeclared(readSources(filename), reading, (read) => {
    for (const notice of noticesOf(read)) printNotice(notice);
    if (!globals.verbose) return;
    for (const { where, field, why } of read.ignored)
      printNotice(`${where}: ${field} means nothing here: ${why}`);
  });
}

function readNetnsName({ netns }: UpOptions): 'attach' | undefined {
  if (netns === undefined || netns === 'attach') return netns;
  throw new InputError(`up makes the network namespaces of its pods: --netns has the one word attach`, {
    hint: `a namespace that exists is adopted by: nslab hold NAME --netns ${netns}`,
  });
}

/** The pods that do not exist. An equal one is reported and kept; a different one is refused. */
function missingPods(plans: readonly PodPlan[], root: string): PodPlan[] {
  return plans.filter((plan) => {
    const { spec } = plan;
    const found = podDifferences(root, plan);
    if (found === undefined) return true;
    if (found.length > 0) {
      const lines = [
        `pod "${spec.name}" exists and differs from the manifest:`,
        ...found.map((difference) => `  ${difference}`),
      ];
      throw new OperationError(lines.join('\n'), {
        lines,
        hint: `take it down first: nslab down ${spec.name}`,
      });
    }
    printNotice(`pod "${spec.name}" exists already and equals the manifest`);
    return false;
  });
}

function settleAll(made: readonly OwnedPod[]): void {
  for (const owned of made) {
    owned.settle();
    const addresses = addressesOf(owned.pod.status).join(' and ');
    printNotice(`pod "${owned.pod.intent.name}" is up${addresses && ` at ${addresses}`}`);
  }
}
