/** The descriptors that `pause`, `shim` and `relay` are started with. native/descriptors.h has the same names and numbers. */

/** A shim, `relay`: a socket; `pause`: the read end of a pipe. */
export const CONTROL_FD = 3;

/** `shim run`: the status record of its workload. */
export const RECORD_FD = 4;

/** `pause` and `shim hold`: the `alive` lock of the pod. */
export const ALIVE_FD = 4;

/** `relay`: the first of the sockets that it reads. */
export const SOURCE_FD = 4;

/** The transcript of the pod, for appending. */
export const TRANSCRIPT_FD = 5;

/** From here on: the descriptors that options name. */
export const FIRST_PASSED_FD = 6;
