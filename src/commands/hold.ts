import { detachAll, makePods } from '../pod/make-pods.ts';
import { refuseExisting } from '../pod/store.ts';
import { makePod } from '../pod/up.ts';
import { checkName } from '../spec/names.ts';
import { DEFAULT_SHARE, type PodSpec, SHARE_KINDS, type ShareKind } from '../spec/pod-spec.ts';
import { parsePort } from '../spec/port.ts';
import { InputError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type Changing, openChangingSession } from './session.ts';

export interface HoldOptions extends Changing {
  readonly network?: string;
  readonly ip?: string;
  readonly publish?: readonly string[];
  readonly share?: string;
  readonly hostname?: string;
}

/** `nslab hold NAME…`: just the holder and its network. When one of several fails, none is left. */
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
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InputError(`two pods are called "${twice}"`);
  if (names.length > 1 && (ip !== undefined || publish.length > 0))
    throw new InputError("--ip and --publish are one pod's: they cannot go with several names");
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
      throw new InputError(`"${word}" is not a kind that a pod can share`, {
        hint: `any of ${SHARE_KINDS.join(',')}`,
      });
    return kind;
  });
}
