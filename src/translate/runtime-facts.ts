import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

/** What only the running pod knows, and its manifest may ask for by `fieldRef`. */
export interface Facts {
  readonly podIP: string;
  readonly hostIP: string;
  readonly nodeName: string;
  readonly uid: string;
}

/** This machine's address as others know it: that of the way out; without one, the gateway that the pod sees. */
export function hostAddress(gateway: string | undefined): string {
  const outer = networkInterfaces()[defaultDevice() ?? '']?.find(({ family }) => family === 'IPv4');
  return outer?.address ?? gateway ?? '127.0.0.1';
}

export function nodeName(): string {
  return hostname();
}

/** proc_net(5): the line of /proc/net/route whose destination is 0. */
function defaultDevice(): string | undefined {
  const lines = readFileSync('/proc/thread-self/net/route', 'utf8').split('\n').slice(1);
  return lines.map((line) => line.split('\t')).find(([, destination]) => destination === '00000000')?.[0];
}
