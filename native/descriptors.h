/*
 * The descriptors that the creator passes to `pause`, `shim` and `relay`. src/sys/descriptors.ts has the same numbers for the
 * creator's side, and test/sys/descriptors.test.ts compares the two.
 */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

enum descriptor {
    CONTROL_FD = 3,                             /* shim, relay: a socket; pause: the read end of a pipe */
    RECORD_FD = 4,                              /* shim run: the status record */
    ALIVE_FD = 4,                               /* pause and shim hold: the pod's `alive` lock, kept open and never used */
    SOURCE_FD = 4,                              /* relay: the first of the sockets that it reads */
    TRANSCRIPT_FD = 5,                          /* shim: opened for appending */
    FIRST_PASSED_FD = 6,                        /* from here on: the descriptors that are named by options */
};

#endif
