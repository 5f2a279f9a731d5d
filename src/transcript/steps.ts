import type { Step } from './event.ts';

/** What each step is for, in the order of a pod's life. */
export const STEPS: Readonly<Record<Step, string>> = {
  claim:
    'the name: a directory with a lock and the intent appears whole, so that whatever follows is on record first',
  lease: 'an address that no other pod has, and the published ports',
  network: "the bridge that the pods share, its rules, and the host's permission to forward",
  holder: 'the process that keeps the namespaces alive: what Kubernetes calls the pause container',
  wire: 'a cable (veth) from the bridge to the pod, its far end born inside',
  address: 'inside the pod: loopback up, address, default route',
  nat: 'published ports: an element in a map of the rules, nothing more',
  workload: 'a program in the namespaces that the holder keeps',
  service: 'addresses that nobody has: each packet to one of them gets the address of a pod that is ready',
  policy:
    'which packets a pod gets and sends: a rule for what a NetworkPolicy allows, and a drop for the rest',
  exec: 'a command beside a workload, in its namespaces',
  commit: 'everybody is told to stay: from now on the pod lives without its maker',
  stop: 'the end, in the reverse order: workloads first',
  undo: 'what nothing needs any more',
};
