/*
 * detached.c: how a program of a pod starts nslab itself, for the shim and for the supervisor.
 */
#ifndef DETACHED_H
#define DETACHED_H

_Noreturn void become_detached(char *const *argv);      /* in a child: argv[0] is the path */

#endif
