import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostAlias, PodSpec, Resolver } from '../spec/pod-spec.ts';
import type { Files } from '../sys/files.ts';

/** The three files by which a program learns who and where it is, as every container engine gives them. */
export const ETC_FILES = ['hosts', 'hostname', 'resolv.conf'] as const;

/** What they say. */
export interface Etc extends Pick<PodSpec, 'fqdn' | 'hostAliases' | 'resolver'> {
  readonly hostname: string;
  readonly address?: string | undefined;
}

/** Writes them once for a pod: all workloads that join its network see the very same files. */
export function writeEtc(files: Files, directory: string, etc: Etc): void {
  files.makeDirectory(directory);
  const texts = {
    hosts: hosts(etc),
    hostname: `${etc.hostname}\n`,
    'resolv.conf': resolvers(etc.resolver),
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

/** This host's, or the pod's own, or both: then the pod's come first, because a resolver asks in order. resolv.conf(5) */
function resolvers(wish?: Resolver): string {
  if (wish === undefined) return hostResolvers();
  const lines = wish.base === 'host' ? hostResolvers().split('\n').filter(Boolean) : [];
  const list = (word: string) =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? line.split(/\s+/).slice(1) : []));
  const all = (word: string, own: readonly string[]) => [...new Set([...own, ...list(word)])];
  const searches = all('search', wish.searches);
  const options = all('options', wish.options);
  return [
    ...all('nameserver', wish.nameservers).map((server) => `nameserver ${server}`),
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
}

/**
 * The host's name servers. A stub resolver on 127.0.0.53 is out of a pod's reach, because 127.0.0.1 is the pod itself
 * there: systemd keeps the real ones in another file.
 */
function hostResolvers(): string {
  const own = read('/etc/resolv.conf');
  return /^nameserver\s+127\.0\.0\.53$/m.test(own) ? read('/run/systemd/resolve/resolv.conf') || own : own;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
