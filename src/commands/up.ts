import { randomUUID } from 'node:crypto';
import { readManifests } from '../manifest/read.ts';
import { bringUp } from '../pod/bring-up.ts';
import { podDifferences } from '../pod/diff-pod.ts';
import { detachAll, letGo, makePods } from '../pod/make-pods.ts';
import { addressOf } from '../pod/record.ts';
import { takeDown } from '../pod/take-down.ts';
import type { OwnedPod } from '../pod/up.ts';
import type { PodPlan } from '../spec/workload-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { openCatalog } from '../translate/images/user-images.ts';
import { planPod } from '../translate/pod.ts';
import { followOutput } from './follow-output.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { type ChangeOptions, type DryRunFormat, openChangingSession, type Session } from './session.ts';
import { readSources } from './sources.ts';

export interface UpOptions extends ChangeOptions {
  readonly filename?: readonly string[];
  readonly detach?: boolean;
  readonly network?: string;
  readonly image?: readonly string[];
  readonly allowHostPath?: boolean;
  readonly ignoreUnsupported?: boolean;
  readonly output?: string;
}

/** `nslab up -f FILE…`: creates the pods of manifests. In the foreground they end with this command; with -d they stay. */
export async function up(options: UpOptions, globals: GlobalOptions): Promise<number> {
  const plan = dryRunFormat(options);
  const plans = readPlans(options, globals);
  const session = await openChangingSession(globals, { ...options, plan });
  const { host, root, announce } = session;
  // After gc: a dead pod of the same name is gone.
  const wanted = missingPods(plans, root);
  if (plan === 'script') requireOnePod(plans.length, wanted.length);
  const stays = options.detach || options.dryRun;
  const made = await makePods(
    host,
    root,
    wanted.map((plan) => () => bringUp(host, root, plan, printNotice)),
    ({ pod }) => stays && announce(pod.intent.name),
    stays ? detachAll : settleAll,
  );
  if (stays || made.length === 0) return 0;
  return followUntilEnd(session, made, globals);
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
function readPlans(options: UpOptions, globals: GlobalOptions): PodPlan[] {
  const { allowHostPath = false, ignoreUnsupported = false, network } = options;
  const reading = readManifests(readSources(options.filename ?? []), { ignoreUnsupported });
  for (const warning of reading.warnings) printNotice(`warning: ${warning}`);
  for (const { where, field, why } of reading.unsupported)
    printNotice(`${where}: ${field} is not supported and is ignored: ${why}`);
  if (globals.verbose)
    for (const { where, field, why } of reading.ignored)
      printNotice(`${where}: ${field} means nothing here: ${why}`);
  const planOptions = { network, allowHostPath, catalog: openCatalog(options.image ?? []) };
  const plans = reading.pods.map((pod) => planPod(pod, reading, planOptions, randomUUID()));
  if (plans.length === 0) throw new InputError('these manifests have no pod');
  for (const [index, { spec }] of plans.entries())
    if (plans.findIndex((other) => other.spec.name === spec.name) !== index)
      throw new InputError(`two pods are called "${spec.name}"`);
  return plans;
}

/** The pods that do not exist. An equal one is reported and kept; a different one is refused. */
function missingPods(plans: readonly PodPlan[], root: string): PodPlan[] {
  return plans.filter(({ spec }) => {
    const found = podDifferences(root, spec);
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

/** In the foreground: prints their output until they end or a signal arrives, then takes them down. */
async function followUntilEnd(
  session: Session,
  made: readonly OwnedPod[],
  globals: GlobalOptions,
): Promise<number> {
  const { host, root } = session;
  const names = made.map(({ pod }) => pod.intent.name);
  const failed = await followOutput(root, names, () => host.interrupts.raised !== undefined, globals.color);
  printNotice(`taking down ${names.join(', ')}`);
  await takeDown(host, session.root, names);
  for (const owned of made) letGo(owned);
  host.interrupts.check();
  return failed ? 1 : 0;
}

function settleAll(made: readonly OwnedPod[]): void {
  for (const owned of made) {
    owned.settle();
    const address = addressOf(owned.pod.status?.wiring);
    printNotice(`pod "${owned.pod.intent.name}" is up${address === undefined ? '' : ` at ${address}`}`);
  }
}
