import type { Options } from '../../api/options.ts';
import { Pod } from '../../api/pod.ts';
import { forgetPod } from '../../pod/forget.ts';
import type { Host } from '../../pod/host.ts';
import { runWorkload } from '../../pod/run-workload.ts';
import { withdrawWorkload } from '../../pod/workload.ts';
import { SHARE_KINDS, type ShareKind } from '../../spec/pod-spec.ts';
import type { Origin } from '../../spec/workload-spec.ts';
import { MODES, type Mode } from './mode-table.ts';
import { type Sharing, sharingOf } from './sharing.ts';

/** Runs each mode with nslab. In the order of `MODES`; undefined where nslab has no such mode. */
export async function measureOurs(
  host: Host,
  { stateDir, ...options }: OurOptions,
  run: string,
): Promise<(Sharing | undefined)[]> {
  await using donor = await Pod.create({ name: `donor-${run}`, share: SHARE_KINDS, stateDir, ...options });
  const found: (Sharing | undefined)[] = [];
  for (const { ours } of MODES) {
    host.interrupts.check();
    found.push(ours && (await measure(host, stateDir, `mode-${run}`, ours, donor)));
  }
  return found;
}

/** `stateDir` is required: a workload that joins no pod is recorded by its own name. */
export type OurOptions = Options & { readonly stateDir: string };

/** Starts one workload, reads its namespaces and removes it. */
async function measure(
  host: Host,
  root: string,
  name: string,
  ours: NonNullable<Mode['ours']>,
  donor: Pod,
): Promise<Sharing> {
  const origin = (kind: ShareKind): Origin =>
    ours[kind] === 'X' ? { of: donor.name } : (ours[kind] ?? 'new');
  const origins = { net: origin('net'), ipc: origin('ipc'), uts: origin('uts'), pid: origin('pid') };
  const spec = { name, command: ['sleep', '1000'], origins };
  const { pod, workload, finish } = await runWorkload(host, root, spec, 'log');
  try {
    return await sharingOf(workload.process.pid, donor.pid);
  } finally {
    await withdrawWorkload(host, pod.files, workload);
    if (!pod.intent.holder) await forgetPod(host, root, pod);
    pod.release();
    await finish();
  }
}
