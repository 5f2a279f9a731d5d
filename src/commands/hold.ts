import { detachAll, makePods } from '../pod/make-pods.ts';
import { refuseExisting } from '../pod/store.ts';
import { makePod } from '../pod/up.ts';
import { checkName } from '../spec/names.ts';
import { DEFAULT_SHARE, type PodSpec, SHARE_KINDS, type ShareKind } from '../spec/pod-spec.ts';
import { parsePort } from '../spec/port.ts';
import { InputError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

export interface HoldOptions extends ChangeOptions {
  readonly network?: string;
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
  const { root, host, announce } = await openChangingSession(globals, options);
  for (const name of names) refuseExisting(root, name);
  const makers = specs.map((spec) => () => makePod(host, root, spec));
  await makePods(host, root, makers, ({ pod }) => announce(pod.intent.name), detachAll);
  return 0;
}

function readSpecs(
  names: readonly string[],
  { network, ip, publish = [], share, hostname }: HoldOptions,
): PodSpec[] {
  for (const name of names) checkName('pod', name);
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate !== undefined) throw new InputError(`two pods are called "${duplicate}"`);
  if (names.length > 1 && (ip !== undefined || publish.length > 0))
    throw new InputError('--ip and --publish apply to one pod: give one name');
  return names.map((name) => ({
    name,
    ...(network !== undefined && { network }),
    ...(ip !== undefined && { ip }),
    ...(hostname !== undefined && { hostname }),
    ports: publish.map(parsePort),
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
