/*
 * The lines of a table of mounts, proc_pid_mountinfo(5). host_mounts.c
 */
#ifndef MOUNT_TABLE_H
#define MOUNT_TABLE_H

#include <limits.h>
#include <stdbool.h>

enum { MOUNT_LINE = 3 * PATH_MAX };

struct mount { char *device, *point, *flags, *type; };

bool parse_mount(char *line, struct mount *m);          /* in place; the path is decoded */
bool is_host_storage(const struct mount *m, const char *stage);     /* whether a private root gets a copy of it */

#endif
