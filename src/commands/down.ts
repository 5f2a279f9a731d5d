import { podNames } from '../pod/store.ts';
import { takeDown } from '../pod/take-down.ts';
import { checkName } from '../spec/names.ts';
import { InputError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';
import { readSources } from './sources.ts';

export interface DownOptions extends ChangeOptions {
  readonly all?: boolean;
  readonly filename?: readonly string[];
}

/** `nslab down NAME… | -f FILE | --all`: stops the workloads, then removes the pod. A missing pod is no error. */
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

/** The names of a manifest's pods. Unsupported fields are no error here: `down` must accept what `up` accepted. */
async function namesIn(paths: readonly string[]): Promise<string[]> {
  const { readManifests } = await import('../manifest/read.ts');
  const { pods } = readManifests(readSources(paths), { ignoreUnsupported: true });
  return pods.map(({ name }) => name);
}
