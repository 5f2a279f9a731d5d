import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

/** Facts of the running pod that a manifest can read by `fieldRef`. */
export interface RuntimeFacts {
  readonly podIP: string;
  readonly hostIP: string;
  readonly nodeName: string;
  readonly uid: string;
}

/** This machine's address: that of the device with the default route; without one, the pod's gateway. */
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
