import { commandOutput } from '../../sys/command-output.ts';
import { parseToolJson } from '../../sys/tool-json.ts';
import { askedInside } from '../inside.ts';

/** A link as `ip -d -j address` has it. */
interface Link {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly txqlen?: number;
  readonly num_tx_queues?: number;
  readonly flags: readonly string[];
  readonly address?: string;
  readonly master?: string;
  readonly link_index?: number;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

/** A route as `ip -j route` has it. */
interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev: string;
  readonly scope?: string;
}

/** The links in the network of a process. */
export function linksOf(pid: number): Promise<Link[]> {
  return askedInside<Link>(pid, ['net'], ['ip', '-d', '-j', 'address']);
}

/** Those of them that lead somewhere else. */
export async function cables(pid: number): Promise<Link[]> {
  return (await linksOf(pid)).filter(({ linkinfo }) => linkinfo?.info_kind === 'veth');
}

/** The links of this host. */
export async function hostLinks(): Promise<Link[]> {
  return parseToolJson<Link[]>(await commandOutput('ip', ['-d', '-j', 'link']));
}

/** The routes in the network of a process. */
export function routesOf(pid: number): Promise<Route[]> {
  return askedInside<Route>(pid, ['net'], ['ip', '-j', 'route']);
}
