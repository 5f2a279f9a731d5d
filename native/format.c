/*
 * Formats arguments for the transcript as strace(1) does: flags by their names in the headers, strings quoted.
 */
#include "syscalls.h"

#include <stdio.h>
#include <string.h>

struct flag_name { unsigned long value; const char *name; };

static const struct flag_name clone_kinds[] = {        /* include/uapi/linux/sched.h */
    { 0x00020000, "CLONE_NEWNS" }, { 0x02000000, "CLONE_NEWCGROUP" }, { 0x04000000, "CLONE_NEWUTS" },
    { 0x08000000, "CLONE_NEWIPC" }, { 0x10000000, "CLONE_NEWUSER" }, { 0x20000000, "CLONE_NEWPID" },
    { 0x40000000, "CLONE_NEWNET" }, { 0, NULL },
};

static const struct flag_name mount_flags[] = {        /* include/uapi/linux/mount.h */
    { 1 << 0, "MS_RDONLY" }, { 1 << 1, "MS_NOSUID" }, { 1 << 2, "MS_NODEV" }, { 1 << 3, "MS_NOEXEC" },
    { 1 << 5, "MS_REMOUNT" }, { 1 << 12, "MS_BIND" }, { 1 << 13, "MS_MOVE" }, { 1 << 14, "MS_REC" },
    { 1 << 18, "MS_PRIVATE" }, { 1 << 24, "MS_STRICTATIME" }, { 0, NULL },
};

static const char *format_flags(char out[FLAGS_SIZE], const struct flag_name *table, unsigned long value)
{
    size_t n = 0;
    if (!value) return "0";
    out[0] = '\0';
    for (; table->name; table++)
        if (value & table->value) {
            n += (size_t)snprintf(out + n, FLAGS_SIZE - n, "%s%s", n ? "|" : "", table->name);
            value &= ~table->value;
        }
    if (value) snprintf(out + n, FLAGS_SIZE - n, "%s%#lx", n ? "|" : "", value);
    return out;
}

const char *format_clone_flags(char out[FLAGS_SIZE], int kinds)
{
    return format_flags(out, clone_kinds, (unsigned)kinds);
}

const char *format_mount_flags(char out[FLAGS_SIZE], unsigned long flags)
{
    return format_flags(out, mount_flags, flags);
}

/* Bytes other than printable ASCII become \ooo, so the transcript is valid JSON for any path. */
const char *quote(char out[QUOTED_SIZE], const char *text)
{
    size_t n = 0;
    if (!text) return "NULL";
    out[n++] = '"';
    for (; *text && n < QUOTED_SIZE - 8; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c > '~') n += (size_t)sprintf(out + n, "\\%03o", c);
        else {
            if (c == '"' || c == '\\') out[n++] = '\\';
            out[n++] = *text;
        }
    }
    out[n++] = '"';
    strcpy(out + n, *text ? "..." : "");
    return out;
}

/* A NULL-terminated list; words that do not fit are left out. */
const char *quote_list(char *out, size_t room, char *const *words)
{
    char one[QUOTED_SIZE];
    size_t n = 0;
    out[0] = '\0';
    for (; *words && n + QUOTED_SIZE < room; words++)
        n += (size_t)snprintf(out + n, room - n, "%s%s", n ? ", " : "", quote(one, *words));
    return out;
}
