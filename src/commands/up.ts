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
import { follow } from './follow.ts';
import { checkFormat } from './format.ts';
import { type GlobalOptions, say } from './globals.ts';
import { type Changing, type DryRunFormat, openChangingSession, type Session } from './session.ts';
import { readSources } from './sources.ts';

export interface UpOptions extends Changing {
  readonly filename?: readonly string[];
  readonly detach?: boolean;
  readonly network?: string;
  readonly image?: readonly string[];
  readonly allowHostPath?: boolean;
  readonly ignoreUnsupported?: boolean;
  readonly output?: string;
}

/** `nslab up -f FILE…`: the pods of a manifest. In the foreground they end with this command; with -d they stay. */
export async function up(options: UpOptions, globals: GlobalOptions): Promise<number> {
  const plan = dryRunFormat(options);
  const plans = readPlans(options, globals);
  const session = await openChangingSession(globals, { ...options, plan });
  const { host, root, announce } = session;
  // What is left of a dead one of the same name is gone by now.
  const wanted = newOnes(plans, root);
  if (plan === 'script') refuseOtherThanOne(plans.length, wanted.length);
  const stays = options.detach || options.dryRun;
  const made = await makePods(
    host,
    root,
    wanted.map((plan) => () => bringUp(host, root, plan, say)),
    ({ pod }) => stays && announce(pod.intent.name),
    stays ? detachAll : settleAll,
  );
  if (stays || made.length === 0) return 0;
  return stay(session, made, globals);
}

function dryRunFormat({ dryRun = false, output }: UpOptions): DryRunFormat {
  if (output !== undefined && !dryRun)
    throw new InputError('-o is the form of a plan: it needs --dry-run', {
      hint: '`nslab inspect` shows a pod',
    });
  return checkFormat(output ?? 'text', ['text', 'json', 'script']);
}

/** A script builds one pod, and of one that is there the pod itself is the better source. */
function refuseOtherThanOne(pods: number, wanted: number): void {
  if (pods === 1 && wanted === 1) return;
  throw new InputError(`a script is of one pod${pods > 1 ? `, and these manifests have ${pods}` : ''}`, {
    hint: 'of a pod that is there: nslab transcript POD -o script',
  });
}

/** Everything that can be wrong about the manifests is found here: nothing has been touched yet. */
function readPlans(options: UpOptions, globals: GlobalOptions): PodPlan[] {
  const { allowHostPath = false, ignoreUnsupported = false, network } = options;
  const reading = readManifests(readSources(options.filename ?? []), { ignoreUnsupported });
  for (const warning of reading.warnings) say(`warning: ${warning}`);
  for (const { where, field, why } of reading.unsupported) say(`${where}: ${field} is not acted on: ${why}`);
  if (globals.verbose)
    for (const { where, field, why } of reading.ignored) say(`${where}: ${field} means nothing here: ${why}`);
  const wishes = { network, allowHostPath, catalog: openCatalog(options.image ?? []) };
  const plans = reading.pods.map((pod) => planPod(pod, reading, wishes, randomUUID()));
  if (plans.length === 0) throw new InputError('there is no pod in these manifests');
  for (const [index, { spec }] of plans.entries())
    if (plans.findIndex((other) => other.spec.name === spec.name) !== index)
      throw new InputError(`two pods are called "${spec.name}"`);
  return plans;
}

/** Those that are not there yet. One that is there as it is wanted is said, and left alone; another one is refused. */
function newOnes(plans: readonly PodPlan[], root: string): PodPlan[] {
  return plans.filter(({ spec }) => {
    const found = podDifferences(root, spec);
    if (found === undefined) return true;
    if (found.length > 0) {
      const lines = [
        `pod "${spec.name}" exists and is not as it is wanted:`,
        ...found.map((difference) => `  ${difference}`),
      ];
      throw new OperationError(lines.join('\n'), {
        lines,
        hint: `take it down first: nslab down ${spec.name}`,
      });
    }
    say(`pod "${spec.name}" is there already, as it is wanted`);
    return false;
  });
}

/** In the foreground: shows what they write until they have ended, or until somebody wants them to. */
async function stay(session: Session, made: readonly OwnedPod[], globals: GlobalOptions): Promise<number> {
  const { host, root } = session;
  const names = made.map(({ pod }) => pod.intent.name);
  const failed = await follow(root, names, () => host.interrupts.raised !== undefined, globals.color);
  say(`taking down ${names.join(', ')}`);
  await takeDown(host, session.root, names);
  for (const fresh of made) letGo(fresh);
  host.interrupts.check();
  return failed ? 1 : 0;
}

function settleAll(made: readonly OwnedPod[]): void {
  for (const fresh of made) {
    fresh.settle();
    const address = addressOf(fresh.pod.status?.wiring);
    say(`pod "${fresh.pod.intent.name}" is up${address === undefined ? '' : ` at ${address}`}`);
  }
}
