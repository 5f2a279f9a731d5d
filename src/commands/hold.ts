import { parsePort } from '../net/port.ts';
import { DEFAULT_SHARE, type PodSpec, SHARE_KINDS, type ShareKind } from '../pod/spec.ts';
import { makePod } from '../pod/up.ts';
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

/** `nslab hold NAME`: just the holder and its network. */
export async function hold(name: string, options: HoldOptions, globals: GlobalOptions): Promise<number> {
  const spec = readSpec(name, options);
  const { root, doors, announce } = await openChangingSession(globals, options);
  const fresh = await makePod(doors, root, spec);
  await fresh.detach();
  fresh.pod.release();
  announce(name);
  return 0;
}

function readSpec(name: string, { network, ip, publish, share, hostname }: HoldOptions): PodSpec {
  return {
    name,
    ...(network !== undefined && { network }),
    ...(ip !== undefined && { ip }),
    ...(hostname !== undefined && { hostname }),
    ports: (publish ?? []).map(parsePort),
    share: share === undefined ? DEFAULT_SHARE : readShare(share),
  };
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
