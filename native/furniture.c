/*
 * What a root needs to be lived in: /proc, /sys, /dev, /run, /tmp of its own; the pod's shared memory and message queues; the
 * names of a box of many programs.
 */
#include "shim.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STRICT = MS_NOSUID | MS_NODEV | MS_NOEXEC };
enum { DOCKERS_SHM = 67108864 };                        /* moby: daemon/config: DefaultShmSize */

static void mount_in(const char *root, const char *place, const char *type, unsigned long flags, const char *data)
{
    char target[PATH_MAX];
    within(root, place, DIRECTORY, target);
    must_mount(type, target, type, flags, data);
}

static void bind_in(const char *root, const char *source, const char *place, enum place kind, unsigned long flags)
{
    char target[PATH_MAX];
    within(root, place, kind, target);
    must_bind(source, target, flags);
}

static void link_in(const char *root, const char *to, const char *place)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s%s", root, place);
    must_symlink(to, path);
}

/*
 * The kernel's settings are the host's in part, its interrupts and its hardware wholly so, and for some of these files to be
 * uid 0 is enough; kcore is its memory. Docker's mask, where it matters.
 */
static void mask_proc(const char *root)
{
    static const char *const settings[] = {
        "/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi", "/proc/asound",
    };
    char path[PATH_MAX];
    struct stat there;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        snprintf(path, sizeof path, "%s%s", root, settings[i]);
        if (stat(path, &there) == 0) must_bind(path, path, STRICT | MS_RDONLY);
    }
    snprintf(path, sizeof path, "%s/proc/kcore", root);
    if (stat(path, &there) == 0) must_bind("/dev/null", path, 0);
}

/* A devpts of its own, or a workload's terminals would be listed among the host's. What is bound into it brings its own flags. */
static void make_dev(const char *root)
{
    static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty" };
    static const char *const links[][2] = {
        { "pts/ptmx", "/dev/ptmx" }, { "/proc/self/fd", "/dev/fd" }, { "/proc/self/fd/0", "/dev/stdin" },
        { "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
    };
    mount_in(root, "/dev", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=65536k");
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) bind_in(root, devices[i], devices[i], PLAIN_FILE, 0);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) link_in(root, links[i][0], links[i][1]);
    mount_in(root, "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
}

const char *shm_options(const struct options *o)
{
    static char data[64];
    if (o->shm_size) snprintf(data, sizeof data, "mode=1777,size=%s", o->shm_size);
    else snprintf(data, sizeof data, "mode=1777,size=%d", DOCKERS_SHM);
    return data;
}

/* A privileged workload has the host's own /dev: a directory made in there would stay on the host. */
static bool has_place(const struct options *o, const char *place)
{
    return !o->privileged || access(place, F_OK) == 0;
}

static void place_shared_memory(const char *root, const struct options *o, int shared_memory)
{
    char target[PATH_MAX];
    if (!has_place(o, "/dev/shm")) return;
    within(root, "/dev/shm", DIRECTORY, target);
    if (shared_memory == NO_FD) must_mount("tmpfs", target, "tmpfs", STRICT, shm_options(o));
    else must_move_mount(shared_memory, target);
}

/* Shows the ipc namespace that we are in by now. A kernel without POSIX queues has nothing to show. */
static void place_message_queues(const char *root, const struct options *o)
{
    char target[PATH_MAX];
    if (!has_place(o, "/dev/mqueue")) return;
    within(root, "/dev/mqueue", DIRECTORY, target);
    if (!may_mount("mqueue", target, "mqueue", STRICT, NULL) && errno != ENODEV) fail("mount", target);
}

/* /proc shows the pid namespace, /sys the network namespace, of whoever mounts it: both are mounted after joining. */
void furnish(const char *root, const struct options *o, int shared_memory)
{
    mount_in(root, "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
    mount_in(root, "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
    mount_in(root, "/proc", "proc", STRICT, NULL);
    mount_in(root, "/sys", "sysfs", STRICT | (o->privileged ? 0 : MS_RDONLY), NULL);
    if (!o->privileged) mask_proc(root);
    if (o->privileged) bind_in(root, "/dev", "/dev", DIRECTORY, MS_REC);
    else make_dev(root);
    place_shared_memory(root, o, shared_memory);
    place_message_queues(root, o);
}

/* A few hundred links, one line in the diary: they are one thing to know. */
void link_applets(const char *root, const struct options *o)
{
    static char name[NAME_MAX + 2];
    char directory[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
    int made = 0;
    if (!o->applets.busybox) return;
    uint64_t began = diary_now();
    FILE *list = fopen(o->applets.list, "re");
    if (!list) fail("applets", o->applets.list);
    within(root, o->applets.directory, DIRECTORY, directory);
    while (fgets(name, sizeof name, list)) {
        name[strcspn(name, "\n")] = '\0';
        if (!*name || strchr(name, '/')) continue;
        snprintf(path, sizeof path, "%s/%s", directory, name);
        if (symlink(o->applets.busybox, path) < 0 && errno != EEXIST) fail("symlink", path);
        made++;
    }
    fclose(list);
    diary("symlink", began, 0, "\"%s\", \"%s/...\": %d links", o->applets.busybox, directory, made);
}
