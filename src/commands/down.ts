import { podNames } from '../pod/store.ts';
import { takeDown } from '../pod/take-down.ts';
import { checkName } from '../spec/names.ts';
import { InputError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type Changing, openChangingSession } from './session.ts';
import { readSources } from './sources.ts';

export interface DownOptions extends Changing {
  readonly all?: boolean;
  readonly filename?: readonly string[];
}

/** `nslab down NAME… | -f FILE | --all`: ends workloads, then the pod. A pod that is not there is down already. */
export async function down(
  names: readonly string[],
  options: DownOptions,
  globals: GlobalOptions,
): Promise<number> {
  const { all = false, filename = [] } = options;
  if ([all, names.length > 0, filename.length > 0].filter(Boolean).length !== 1)
    throw new InputError('down needs names, or -f FILE, or --all');
  for (const name of names) checkName('pod', name);
  const fromFile = filename.length > 0 ? await namesIn(filename) : [];
  const session = await openChangingSession(globals, options);
  const wanted = all ? podNames(session.root) : [...names, ...fromFile];
  await takeDown(session.host, session.root, wanted, { gone: session.announce });
  return 0;
}

/** The pods of a manifest, whatever else it says: what was made from it may be taken down with it. */
async function namesIn(paths: readonly string[]): Promise<string[]> {
  const { readManifests } = await import('../manifest/read.ts');
  const { pods } = readManifests(readSources(paths), { ignoreUnsupported: true });
  return pods.map(({ name }) => name);
}
