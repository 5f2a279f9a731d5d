import { parseAddress } from '../net/address.ts';
import { checkName } from '../spec/names.ts';
import { DEFAULT_NETWORK } from '../spec/network-spec.ts';
import type { InterfaceSpec, PodSpec } from '../spec/pod-spec.ts';
import { InputError } from '../sys/errors.ts';
import type { Intent, InterfaceIntent } from './record.ts';
import { freeHostInterface, MOST_INTERFACES } from './wire.ts';

/**
 * What a spec says of a pod's network: interfaces, the host's network, or (neither) its loopback alone. `taken`: the names
 * of interfaces that its network namespace has already.
 */
export function interfacesOf(
  instance: string,
  { name: pod, netns, network = netns === undefined ? DEFAULT_NETWORK : [], ip }: PodSpec,
  taken: readonly string[] = [],
): Pick<Intent, 'interfaces' | 'hostNetwork'> {
  const wanted = listOf(network).map((each) => (typeof each === 'string' ? { name: each } : each));
  const [only] = wanted;
  const alone = wanted.find(({ name }) => name === 'none' || name === 'host');
  if (alone && (wanted.length > 1 || only?.ip !== undefined || only?.interface !== undefined)) {
    throw new InputError(`network "${alone.name}" cannot be combined with others`);
  }
  if (alone || !only) return { interfaces: [], ...(alone?.name === 'host' && { hostNetwork: true }) };
  checkNetworks(wanted);
  const names = namesOf(wanted, taken);
  return {
    interfaces: wanted.map((each, place): InterfaceIntent => {
      const address = place === 0 ? firstAddress(each.ip, ip) : each.ip;
      return {
        network: each.name,
        name: names[place] as string,
        hostInterface: freeHostInterface(instance, pod, place),
        ...(address !== undefined && { ip: address }),
      };
    }),
  };
}

function listOf(network: NonNullable<PodSpec['network']>): readonly (string | InterfaceSpec)[] {
  return typeof network === 'string' ? [network] : network;
}

function checkNetworks(wanted: readonly InterfaceSpec[]): void {
  if (wanted.length > MOST_INTERFACES)
    throw new InputError(`a pod can be in ${MOST_INTERFACES} networks at most, not in ${wanted.length}`);
  for (const { name, ip } of wanted) {
    if (name !== DEFAULT_NETWORK) checkName('network', name);
    if (ip !== undefined) parseAddress(ip);
  }
  refuseTwice(
    wanted.map(({ name }) => name),
    'network',
  );
}

/** `eth` and its place, or the next number that is free. */
function namesOf(wanted: readonly InterfaceSpec[], taken: readonly string[]): string[] {
  const names: string[] = [];
  for (const [place, { interface: own }] of wanted.entries()) {
    if (own !== undefined && taken.includes(own))
      throw new InputError(`there is an interface "${own}" in that network namespace already`);
    let number = place;
    while (own === undefined && [...taken, ...names].includes(`eth${number}`)) number++;
    names.push(checkInterface(own ?? `eth${number}`));
  }
  refuseTwice(names, 'interface');
  return names;
}

function refuseTwice(names: readonly string[], what: string): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new InputError(`${what} "${twice}" is named twice for one pod`);
}

/** net/core/dev.c: dev_valid_name. `all` and `default` would be other directories below /proc/sys/net/ipv4/conf. */
function checkInterface(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(name) && !['lo', 'all', 'default'].includes(name)) return name;
  throw new InputError(`${JSON.stringify(name)} is not a name for an interface of a pod`, {
    hint: 'letters, digits, "_", "." and "-", at most 15, and not lo',
  });
}

/** `ip` of the pod means its first network. */
function firstAddress(own: string | undefined, ofPod: string | undefined): string | undefined {
  if (ofPod !== undefined) parseAddress(ofPod);
  if (own !== undefined && ofPod !== undefined && own !== ofPod)
    throw new InputError(`two addresses are wanted in the first network: ${own} and ${ofPod}`);
  return own ?? ofPod;
}
