/*
 * Mounts what a private root needs: /proc, /sys, /dev, /run and /tmp, the pod's shared memory and message queues. Links busybox applets.
 */
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STRICT = MS_NOSUID | MS_NODEV | MS_NOEXEC };
enum { DEFAULT_SHM_SIZE = 64 << 20 };                   /* moby: daemon/config: DefaultShmSize */

static void mount_in(enum purpose purpose, const char *root, const char *mount_point, const char *type, unsigned long flags, const char *data)
{
    char target[PATH_MAX];
    resolve_in_root(root, mount_point, DIRECTORY, target);
    must_mount(purpose, type, target, type, flags, data);
}

static void bind_in(enum purpose purpose, const char *root, const char *source, const char *mount_point, enum path_kind kind, unsigned long flags)
{
    char target[PATH_MAX];
    resolve_in_root(root, mount_point, kind, target);
    must_bind(purpose, source, target, flags);
}

/* `directory` is below the root, and all of its links are resolved. */
static void link_in(const char *directory, const char *to, const char *name)
{
    char path[PATH_MAX + NAME_MAX + 2];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    must_symlink(FOR_DEV_LINK, to, path);
}

/*
 * Read-only: kernel settings, interrupts and hardware of the host, some of which uid 0 can change without a capability. Hidden: kcore,
 * the host's memory. A part of Docker's masked and read-only paths.
 */
static void mask_proc(const char *root)
{
    static const char *const settings[] = { "sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "asound" };
    char proc[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
    resolve_in_root(root, "/proc", DIRECTORY, proc);    /* the kernel would follow a link of a --rootfs to the host's */
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        snprintf(path, sizeof path, "%s/%s", proc, settings[i]);
        if (!is_absent(path)) must_bind(FOR_PROC_READ_ONLY, path, path, STRICT | MS_RDONLY);
    }
    snprintf(path, sizeof path, "%s/kcore", proc);
    if (!is_absent(path)) must_bind(FOR_HIDE_MEMORY, "/dev/null", path, 0);
}

/* A new devpts instance, so that the workload's terminals are not listed among the host's. */
static void make_dev(const char *root)
{
    static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty" };
    static const char *const links[][2] = {
        { "pts/ptmx", "ptmx" }, { "/proc/self/fd", "fd" }, { "/proc/self/fd/0", "stdin" },
        { "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
    };
    char dev[PATH_MAX];
    mount_in(FOR_MOUNT_DEV, root, "/dev", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=65536k");
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) bind_in(FOR_DEVICE, root, devices[i], devices[i], REGULAR_FILE, 0);
    resolve_in_root(root, "/dev", DIRECTORY, dev);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) link_in(dev, links[i][0], links[i][1]);
    mount_in(FOR_MOUNT_DEVPTS, root, "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
}

const char *shm_options(const struct options *o)
{
    static char data[64];
    if (o->shm_size) snprintf(data, sizeof data, "mode=1777,size=%s", o->shm_size);
    else snprintf(data, sizeof data, "mode=1777,size=%d", DEFAULT_SHM_SIZE);
    return data;
}

/* A privileged workload has the host's own /dev, where no directory is made. */
static bool has_mount_point(const struct options *o, const char *path)
{
    return !o->privileged || !is_absent(path);
}

static void mount_shm(const char *root, const struct options *o, int shm)
{
    char target[PATH_MAX];
    if (!has_mount_point(o, "/dev/shm")) return;
    resolve_in_root(root, "/dev/shm", DIRECTORY, target);
    if (shm == NO_FD) must_mount(FOR_OWN_SHM, "tmpfs", target, "tmpfs", STRICT, shm_options(o));
    else must_move_mount(FOR_POD_SHM, shm, target);
}

/* Shows the queues of the ipc namespace of the caller. ENODEV: a kernel without POSIX message queues. */
static void mount_mqueue(const char *root, const struct options *o)
{
    char target[PATH_MAX];
    if (!has_mount_point(o, "/dev/mqueue")) return;
    resolve_in_root(root, "/dev/mqueue", DIRECTORY, target);
    if (!may_mount(FOR_MQUEUE, "mqueue", target, "mqueue", STRICT, NULL) && errno != ENODEV) fail("mount", target);
}

/* A new /proc shows the pid namespace of the mounting process, a new /sys its network namespace: both come after joining. */
void mount_pseudo_fs(const char *root, const struct options *o, int shm)
{
    if (!o->rootfs) {                                   /* those of an image are the image's */
        mount_in(FOR_MOUNT_RUN, root, "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
        mount_in(FOR_MOUNT_TMP, root, "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
    }
    mount_in(FOR_MOUNT_PROC, root, "/proc", "proc", STRICT, NULL);
    mount_in(FOR_MOUNT_SYS, root, "/sys", "sysfs", STRICT | (o->privileged ? 0 : MS_RDONLY), NULL);
    if (!o->privileged) mask_proc(root);
    if (o->privileged) bind_in(FOR_HOST_DEV, root, "/dev", "/dev", DIRECTORY, MS_REC);
    else make_dev(root);
    mount_shm(root, o, shm);
    mount_mqueue(root, o);
}

/* One line in the transcript for a few hundred links. */
void link_applets(const char *root, const struct options *o)
{
    static char name[NAME_MAX + 2];
    char directory[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
    int made = 0;
    if (!o->applets.busybox) return;
    uint64_t began = monotonic_ns();
    FILE *list = fopen(o->applets.list, "re");
    if (!list) fail("applets", o->applets.list);
    resolve_in_root(root, o->applets.directory, DIRECTORY, directory);
    while (fgets(name, sizeof name, list)) {
        name[strcspn(name, "\n")] = '\0';
        if (!*name || strchr(name, '/')) continue;
        snprintf(path, sizeof path, "%s/%s", directory, name);
        if (symlink(o->applets.busybox, path) < 0 && errno != EEXIST) fail("symlink", path);
        made++;
    }
    if (ferror(list)) fail("read", o->applets.list);
    fclose(list);
    transcript_write(FOR_APPLETS, "symlink", began, 0, "\"%s\", \"%s/...\": %d links", o->applets.busybox, directory, made);
}
