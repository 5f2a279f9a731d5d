/** The public library: pods and networks from a program. See the README for an example. */
export { Network } from './pod/network.ts';
export { Pod } from './pod/pod.ts';
