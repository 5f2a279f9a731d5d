/** The public library: pods, workloads and networks from a program. See src/api/README.md. */
export { type CommandSignal, ExecProcess, type ExecResult } from './api/exec.ts';
export { AbortError, type Output, TimeoutError } from './api/limit.ts';
export { Network, type NetworkView } from './api/network.ts';
export type * from './api/options.ts';
export { type ManyOptions, Pod } from './api/pod.ts';
export { Workload } from './api/workload.ts';
export { ManifestError } from './manifest/manifest-error.ts';
export type { Matrix } from './observe/matrix.ts';
export { StartError } from './pod/shim.ts';
export type { PodView, WorkloadView } from './pod/view.ts';
export { ERROR_CODES, type ErrorCode } from './sys/error-codes.ts';
export { FileError, InputError, OperationError, SyscallError } from './sys/errors.ts';
export type { Event } from './transcript/event.ts';
export { Transcript } from './transcript/transcript.ts';
