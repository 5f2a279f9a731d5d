import { outerDevices, outerMtu } from '../../net/choose.ts';
import { commandOutput } from '../../sys/command-output.ts';
import { parseToolJson } from '../../sys/tool-json.ts';
import { readJsonInside } from '../run-inside.ts';

/** A link in the output of `ip -d -j address`. */
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

/** A route in the output of `ip -j route`. */
interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev: string;
  readonly scope?: string;
}

/** The links in the network namespace of a process. */
export function linksOf(pid: number): Promise<Link[]> {
  return readJsonInside<Link>(pid, ['net'], ['ip', '-d', '-j', 'address']);
}

/** The veth links among them. */
export async function vethLinks(pid: number): Promise<Link[]> {
  return (await linksOf(pid)).filter(({ linkinfo }) => linkinfo?.info_kind === 'veth');
}

/** The links of the host. */
export async function hostLinks(): Promise<Link[]> {
  return parseToolJson<Link[]>(await commandOutput('ip', ['-d', '-j', 'link']));
}

/** What fits through every way out of the host. */
export async function wayOutMtu(): Promise<number> {
  const words = ['-j', '-4', 'route', 'show', 'table', 'all'];
  const routes = parseToolJson<Partial<Route>[]>(await commandOutput('ip', words));
  const outer = outerDevices(routes.map(({ dst = '', dev }) => ({ to: dst, device: dev })));
  const links = (await hostLinks()).map(({ ifname, mtu }) => ({ name: ifname, mtu }));
  return outerMtu(outer, links);
}

/** The routes in the network namespace of a process. */
export function routesOf(pid: number): Promise<Route[]> {
  return readJsonInside<Route>(pid, ['net'], ['ip', '-j', 'route']);
}
