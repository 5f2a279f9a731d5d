import { join } from 'node:path';
import type { Host } from '../pod/host.ts';
import { podNames, readMaybePod } from '../pod/store.ts';
import { readMaybe } from '../sys/procfs.ts';
import { clusterResolver } from './names.ts';

/** What a pod's record has of its manifest. */
interface Summary {
  readonly metadata?: { readonly namespace?: string };
  readonly spec?: {
    readonly dnsPolicy?: string;
    readonly dnsConfig?: object;
    readonly hostNetwork?: boolean;
  };
}

const BEFORE = '.resolv.conf.before';

/**
 * Leads pods that were made before the first Service to the server of names, and without a `server` back to where they asked
 * before. In place: their workloads have the very file, and resolvers read it anew.
 */
export function pointPods({ files }: Pick<Host, 'files'>, root: string, server: string | undefined): void {
  for (const name of podNames(root)) {
    const pod = readMaybePod(root, name);
    if (!pod) continue;
    const path = join(pod.files.etc, 'resolv.conf');
    const before = join(pod.files.etc, BEFORE);
    const known = readMaybe(before);
    if (server === undefined && known !== undefined) {
      files.overwrite(path, known);
      files.remove(before);
    } else if (server !== undefined && known === undefined && asksCluster(pod.intent.manifest)) {
      const { metadata } = pod.intent.manifest as Summary;
      files.replace(before, readMaybe(path) ?? '');
      files.overwrite(path, resolverText(metadata?.namespace ?? 'default', server));
    }
  }
}

/** `dnsPolicy: ClusterFirst` is the default, and with the host's network it must be asked for. One with settings of its own keeps them. */
export function asksCluster(manifest: object | undefined): boolean {
  const { metadata, spec = {} } = (manifest ?? {}) as Summary;
  if (manifest === undefined || metadata?.namespace === 'kube-system' || spec.dnsConfig) return false;
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = spec;
  return dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
}

function resolverText(namespace: string, server: string): string {
  const { nameservers, searches, options } = clusterResolver(namespace, server);
  return `nameserver ${nameservers.join(' ')}\nsearch ${searches.join(' ')}\noptions ${options.join(' ')}\n`;
}
