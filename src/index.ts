/** The public library: pods and networks from a program. See the README for an example. */
export { Network } from './pod/network.ts';
export { Pod } from './pod/pod.ts';
export { Diary } from './transcript/diary.ts';
export type { Event } from './transcript/event.ts';
