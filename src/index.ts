/** The public library: pods and networks from a program. See the README for an example. */
export { Network } from './api/network.ts';
export { Pod } from './api/pod.ts';
export type { Event } from './transcript/event.ts';
export { Transcript } from './transcript/transcript.ts';
