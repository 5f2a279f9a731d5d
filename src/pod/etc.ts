import { join } from 'node:path';
import type { HostAlias, PodSpec } from '../spec/pod-spec.ts';
import type { Files } from '../sys/files.ts';
import { resolvConf } from './resolv-conf.ts';

/** The three files that every container engine provides: names, addresses, resolvers. */
export const ETC_FILES = ['hosts', 'hostname', 'resolv.conf'] as const;

/** What they say. */
export interface Etc extends Pick<PodSpec, 'fqdn' | 'hostAliases' | 'resolver'> {
  readonly hostname: string;
  readonly address?: string | undefined;
  /** Whether its network namespace is not the host's. */
  readonly ownNetns: boolean;
  /** Receives what the user should know about its resolvers. */
  readonly warn?: ((line: string) => void) | undefined;
}

/** Writes them once for a pod: all workloads that join its network see the very same files. */
export function writeEtc(files: Files, directory: string, etc: Etc): void {
  files.makeDirectory(directory);
  const texts = {
    hosts: hosts(etc),
    hostname: `${etc.hostname}\n`,
    'resolv.conf': resolvConf({
      wanted: etc.resolver,
      ownLoopback: etc.ownNetns,
      ...(etc.warn && { warn: etc.warn }),
    }),
  };
  // For everybody: a workload that is not root asks for names, too.
  for (const file of ETC_FILES) files.replace(join(directory, file), texts[file], 0o644);
}

/** As the kubelet writes it: the machine's own names, the pod's, then those that its manifest adds. hosts(5) */
function hosts({ hostname, fqdn, address = '127.0.1.1', hostAliases = [] }: Etc): string {
  const own = { ip: address, hostnames: [...(fqdn === undefined ? [] : [fqdn]), hostname] };
  const lines: HostAlias[] = [LOCALHOST, LOCALHOST_6, own, ...hostAliases];
  return lines.map(({ ip, hostnames }) => `${ip}\t${hostnames.join(' ')}\n`).join('');
}

const LOCALHOST: HostAlias = { ip: '127.0.0.1', hostnames: ['localhost'] };
const LOCALHOST_6: HostAlias = { ip: '::1', hostnames: ['localhost', 'ip6-localhost', 'ip6-loopback'] };
