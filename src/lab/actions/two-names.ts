import { deviceExists } from '../../net/device.ts';
import type { NetnsName } from '../../spec/pod-spec.ts';
import { commandOutput } from '../../sys/command-output.ts';
import { recordResult } from '../evidence/experiment-result.ts';
import type { Row } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { kill } from './kill.ts';

export interface NamesOptions {
  readonly link?: NetnsName;
  readonly mount?: NetnsName;
  /** Whether the mount is removed at the end. */
  readonly deletes?: boolean;
  /** Milliseconds: the kernel removes a namespace some time after its last user. */
  readonly patience?: number;
}

/** Two pods, whose names for `ip netns` are a link and a mount. Their holders are killed, then the mount is removed. */
export async function compareNames(
  session: LabSession,
  { link = 'link', mount = 'attach', deletes = true, patience }: NamesOptions = {},
): Promise<void> {
  const linked = await namedPod(session, 'linked', link);
  const mounted = await namedPod(session, 'mounted', mount);
  const rows = [await look('link, holder alive', linked), await look('mount, holder alive', mounted)];
  for (const role of ['linked', 'mounted']) await kill(session, role);
  await untilGone(session, linked, patience);
  rows.push(await look('link, holder killed', linked), await look('mount, holder killed', mounted));
  if (deletes) await session.shell([`ip netns delete ${mounted.name}`]);
  await untilGone(session, mounted, patience);
  rows.push(await look('mount, removed', mounted));
  recordResult(session, 'names', rows);
}

interface NamedPod {
  readonly name: string;
  /** The host's end of its veth pair. */
  readonly pair: string;
}

async function namedPod(session: LabSession, role: string, netnsName: NetnsName): Promise<NamedPod> {
  const pod = await session.pod(role, { netnsName });
  const { hostInterface = '' } = pod.inspect().network;
  return { name: pod.name, pair: hostInterface };
}

/** What the name is still good for. */
async function look(when: string, { name, pair }: NamedPod): Promise<Row> {
  const pids = await netns('pids', name);
  return {
    when,
    exec: (await netns('exec', name, 'true')) !== undefined,
    processes: pids === undefined ? null : pids.split('\n').filter(Boolean).length,
    pair: deviceExists(pair),
  };
}

/** What `ip netns WORDS` prints; undefined where it fails. */
function netns(...words: string[]): Promise<string | undefined> {
  return commandOutput('ip', ['netns', ...words]).catch(() => undefined);
}

async function untilGone(session: LabSession, { pair }: NamedPod, patience?: number): Promise<void> {
  const read = async () => deviceExists(pair);
  await session.until({ read }, (isThere) => !isThere, patience);
}
