import { isIPv6 } from 'node:net';
import { isIPv4Cidr, type Range, rangeOf } from '../../spec/range.ts';
import { forbidden, invalidValue, requiredValue, tooMany } from '../field-errors.ts';
import type { NetworkPolicyFields } from '../kinds/network-policy.ts';
import type { Report } from '../report.ts';
import { checkSelector } from './selector.ts';

type Spec = NetworkPolicyFields['spec'];
type Rule = NonNullable<Spec['ingress']>[number] & NonNullable<Spec['egress']>[number];
type Peer = NonNullable<Rule['from']>[number];

/** Reports what the API server refuses in a NetworkPolicy. `report` is at its spec. pkg/apis/networking/validation/validation.go */
export function checkNetworkPolicy(spec: Spec, report: Report): void {
  const { podSelector, policyTypes = [], ingress = [], egress = [] } = spec;
  checkSelector(podSelector, report.at('podSelector'));
  if (policyTypes.length > 2) report.fault(['policyTypes'], tooMany(policyTypes.length, 2));
  for (const [index, { from = [], ports = [] }] of ingress.entries()) {
    const at = report.at('ingress', index);
    for (const [place, peer] of from.entries()) checkPeer(peer, at.at('from', place));
    for (const [place, port] of ports.entries()) checkPort(port, at.at('ports', place));
  }
  for (const [index, { to = [], ports = [] }] of egress.entries()) {
    const at = report.at('egress', index);
    for (const [place, peer] of to.entries()) checkPeer(peer, at.at('to', place));
    for (const [place, port] of ports.entries()) checkPort(port, at.at('ports', place));
  }
}

function checkPeer({ podSelector, namespaceSelector, ipBlock }: Peer, report: Report): void {
  if (!podSelector && !namespaceSelector && !ipBlock) report.fault([], requiredValue('must specify a peer'));
  if (ipBlock && (podSelector || namespaceSelector))
    report.fault([], forbidden('may not specify both ipBlock and another peer'));
  if (podSelector) checkSelector(podSelector, report.at('podSelector'));
  if (namespaceSelector) checkSelector(namespaceSelector, report.at('namespaceSelector'));
  if (!ipBlock) return;
  const { cidr, except = [] } = ipBlock;
  const at = report.at('ipBlock');
  checkCidr(cidr, at.at('cidr'));
  for (const [index, hole] of except.entries()) {
    checkCidr(hole, at.at('except', index));
    if (isIPv4Cidr(cidr) && isIPv4Cidr(hole) && !isStrictlyIn(rangeOf(hole), rangeOf(cidr)))
      at.fault(['except', index], invalidValue(hole, `must be a strict subset of \`${cidr}\``));
  }
}

function checkCidr(cidr: string, report: Report): void {
  if (isIPv4Cidr(cidr)) return;
  const [address = '', bits = ''] = cidr.split('/');
  if (isIPv6(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= 128)
    report.note([], `${cidr}: pods have IPv4 addresses: it selects none of them`);
  else
    report.fault([], invalidValue(cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
}

function checkPort({ port, endPort }: NonNullable<Rule['ports']>[number], report: Report): void {
  if (endPort === undefined) return;
  const why =
    port === undefined
      ? 'may not be specified when `port` is not specified'
      : typeof port === 'string'
        ? 'may not be specified when `port` is non-numeric'
        : endPort < port
          ? 'must be greater than or equal to `port`'
          : undefined;
  if (why) report.fault(['endPort'], invalidValue(endPort, why));
}

function isStrictlyIn([first, last]: Range, outer: Range): boolean {
  return first >= outer[0] && last <= outer[1] && last - first < outer[1] - outer[0];
}
