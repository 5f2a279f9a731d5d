import type { Host } from '../pod/host.ts';
import { refuseExisting } from '../pod/lock-pod.ts';
import { detachAll } from '../pod/make-pods.ts';
import { makePod } from '../pod/up.ts';
import { parseInterface } from '../spec/interface.ts';
import { checkName } from '../spec/names.ts';
import { DEFAULT_SHARE, type PodSpec, SHARE_KINDS, type ShareKind } from '../spec/pod-spec.ts';
import { parsePorts } from '../spec/port.ts';
import { InputError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { makeWithProgress } from './make-with-progress.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

export interface HoldOptions extends ChangeOptions {
  readonly network?: readonly string[];
  readonly netns?: string;
  readonly ip?: string;
  readonly publish?: readonly string[];
  readonly share?: string;
  readonly hostname?: string;
}

/** `nslab hold NAME…`: creates a holder and its network. All or nothing: if one fails, the others are removed. */
export async function hold(
  names: readonly string[],
  options: HoldOptions,
  globals: GlobalOptions,
): Promise<number> {
  const specs = readSpecs(names, options);
  const session = await openChangingSession(globals, { ...options, touches: names });
  const { root, announce } = session;
  for (const name of names) refuseExisting(root, name);
  const pods = specs.map((spec) => ({ name: spec.name, make: (host: Host) => makePod(host, root, spec) }));
  await makeWithProgress(session, pods, ({ pod }) => announce(pod.intent.name), detachAll);
  return 0;
}

function readSpecs(
  names: readonly string[],
  { network = [], netns, ip, publish = [], share, hostname }: HoldOptions,
): PodSpec[] {
  for (const name of names) checkName('pod', name);
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate !== undefined) throw new InputError(`two pods are called "${duplicate}"`);
  const interfaces = network.map(parseInterface);
  const isFixed = ip !== undefined || interfaces.some((each) => each.ip !== undefined);
  if (names.length > 1 && (isFixed || publish.length > 0))
    throw new InputError('--ip and --publish apply to one pod: give one name');
  return names.map((name) => ({
    name,
    ...(interfaces.length > 0 && { network: interfaces }),
    // As with `--network host`: a namespace that is called so is meant by its path.
    ...(netns === 'attach' ? { netnsName: netns } : netns !== undefined && { netns }),
    ...(ip !== undefined && { ip }),
    ...(hostname !== undefined && { hostname }),
    ports: publish.flatMap(parsePorts),
    share: share === undefined ? DEFAULT_SHARE : readShare(share),
  }));
}

function readShare(text: string): ShareKind[] {
  return text.split(',').map((word) => {
    const kind = SHARE_KINDS.find((known) => known === word);
    if (!kind)
      throw new InputError(`"${word}" is not a kind of namespace that a pod can share`, {
        hint: `any of ${SHARE_KINDS.join(',')}`,
      });
    return kind;
  });
}
