import { isIP } from 'node:net';
import { duplicateValue, invalidValue, requiredValue, tooMany } from '../field-errors.ts';
import type { PortFields } from '../kinds/container.ts';
import type { DnsFields, PodFields } from '../kinds/pod.ts';
import { formatFault } from '../patterns.ts';
import type { Report } from '../report.ts';

/** Reports what the API server refuses in ports, DNS, host aliases and sysctls. `report` is at the pod's spec. */
export function checkNetwork(spec: PodFields, report: Report): void {
  checkHostPorts('initContainers', spec, report);
  checkHostPorts('containers', spec, report);
  for (const [index, { hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    for (const [at, name] of hostnames.entries()) {
      const wrong = formatFault('subdomain', name);
      if (wrong) report.fault(['hostAliases', index, 'hostnames', at], invalidValue(name, wrong));
    }
  }
  checkDns(spec.dnsConfig ?? {}, report.at('dnsConfig'));
  if (spec.dnsPolicy === 'None' && !spec.dnsConfig?.nameservers?.length) {
    const why = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    report.fault(['dnsConfig', 'nameservers'], requiredValue(why));
  }
  checkSysctls(spec, report);
}

function checkHostPorts(list: 'initContainers' | 'containers', spec: PodFields, report: Report): void {
  const taken = new Set<string>();
  for (const [index, { ports = [] }] of (spec[list] ?? []).entries()) {
    for (const [number, port] of ports.entries()) {
      checkHostPort(port, spec, taken, report.at(list, index, 'ports', number));
    }
  }
}

function checkHostPort(
  port: PortFields,
  { hostNetwork }: PodFields,
  taken: Set<string>,
  report: Report,
): void {
  const { containerPort, protocol = 'TCP', hostIP } = port;
  const hostPort = port.hostPort ?? (hostNetwork ? containerPort : undefined);
  if (hostPort === undefined) return;
  if (hostNetwork && hostPort !== containerPort) {
    report.fault(
      ['hostPort'],
      invalidValue(hostPort, 'must match `containerPort` when `hostNetwork` is true'),
    );
  }
  const key = `${hostIP === undefined ? '' : `${hostIP}:`}${hostPort}/${protocol}`;
  if (taken.has(key))
    report.fault([port.hostPort === undefined ? 'containerPort' : 'hostPort'], duplicateValue(key));
  taken.add(key);
}

// pkg/apis/core/validation: the limits of the kubelet's resolv.conf
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCHES_LENGTH = 2048;

function checkDns({ nameservers = [], searches = [] }: DnsFields, report: Report): void {
  if (nameservers.length > MAX_NAMESERVERS)
    report.fault(['nameservers'], tooMany(nameservers.length, MAX_NAMESERVERS));
  for (const [index, server] of nameservers.entries()) {
    if (isIP(server) === 0) {
      report.fault(
        ['nameservers', index],
        invalidValue(server, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
      );
    }
  }
  if (searches.length > MAX_SEARCHES) report.fault(['searches'], tooMany(searches.length, MAX_SEARCHES));
  if (searches.join(' ').length > MAX_SEARCHES_LENGTH) {
    report.fault(['searches'], `Too long: must have at most ${MAX_SEARCHES_LENGTH} characters`);
  }
  for (const [index, search] of searches.entries()) {
    const wrong = search === '.' ? undefined : formatFault('subdomain', search.replace(/\.$/, ''));
    if (wrong) report.fault(['searches', index], invalidValue(search, wrong));
  }
}

function checkSysctls({ securityContext, hostNetwork }: PodFields, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { name }] of (securityContext?.sysctls ?? []).entries()) {
    const path = ['securityContext', 'sysctls', index, 'name'];
    const dotted = name.replaceAll('/', '.');
    if (seen.has(dotted)) report.fault(path, duplicateValue(name));
    seen.add(dotted);
    if (!dotted.startsWith('net.')) {
      report.refuseValue(path, name, 'only sysctls of the network namespace (net.*) are supported');
    } else if (hostNetwork)
      report.fault(path, invalidValue(name, "may not be specified when 'hostNetwork' is true"));
  }
}
