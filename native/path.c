/*
 * Resolves a path inside a directory that will become the root, and makes what is missing. Symbolic links are followed as if it were
 * the root already: /etc/resolv.conf is one on most machines, and mount(2) would follow it to the host's /run.
 */
#include "shim.h"
#include "syscalls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };                               /* include/linux/namei.h: MAXSYMLINKS */

/* A look that fails for another reason says nothing: the call that needs the path reports it. */
bool is_absent(const char *path)
{
    struct stat there;
    return stat(path, &there) < 0 && errno == ENOENT;
}

static void join(char path[PATH_MAX], const char *more)
{
    size_t length = strlen(path);
    if (snprintf(path + length, PATH_MAX - length, "/%s", more) >= (int)(PATH_MAX - length)) {
        errno = ENAMETOOLONG;
        fail("path", more);
    }
}

static void step_back(char *path, size_t root)
{
    char *last = strrchr(path + root, '/');
    if (last) *last = '\0';
}

/* Splits the first component off `rest`; NULL when none is left. */
static char *next_component(char **rest)
{
    while (**rest == '/') ++*rest;
    return **rest ? strsep(rest, "/") : NULL;
}

/* Puts the link's target in front of the components that are left. */
static void follow_link(const char *found, char rest[PATH_MAX], const char *after)
{
    char walked[PATH_MAX];
    ssize_t length = readlink(found, walked, sizeof walked - 1);
    if (length < 0) fail("readlink", found);
    walked[length] = '\0';
    if (after) join(walked, after);
    strcpy(rest, walked);
}

/*
 * As Kubernetes makes a missing subPath: mode and group of the parent directory. EEXIST is fine: two workloads of a pod may make the
 * same one at the same time.
 */
static void make_inheriting_directory(const char *path)
{
    char parent[PATH_MAX];
    struct stat above, made;
    snprintf(parent, sizeof parent, "%s", path);
    strrchr(parent, '/')[1] = '\0';
    if (stat(parent, &above) < 0) fail("stat", parent);
    if (!may_mkdir(FOR_MOUNT_POINT, path, above.st_mode & 07777) && errno != EEXIST) fail("mkdir", path);
    if (stat(path, &made) < 0) fail("stat", path);
    if (made.st_gid != above.st_gid) must_chown_group(FOR_INHERIT_GROUP, path, above.st_gid);
}

static void make(const char *path, enum path_kind kind, bool is_last)
{
    if (kind == INHERITING_DIRECTORY) make_inheriting_directory(path);
    else if (kind == REGULAR_FILE && is_last) must_mknod_file(FOR_MOUNT_POINT, path);
    else must_mkdir(FOR_MOUNT_POINT, path, 0755);
}

void resolve_in_root(const char *root, const char *path, enum path_kind kind, char found[PATH_MAX])
{
    char buffer[PATH_MAX] = "", *rest = buffer, *name;
    struct stat what;
    int links = 0;

    join(buffer, path);
    snprintf(found, PATH_MAX, "%s", root);
    while ((name = next_component(&rest))) {
        bool last = !rest || !rest[strspn(rest, "/")];
        if (!strcmp(name, ".")) {
        } else if (!strcmp(name, "..")) {
            step_back(found, strlen(root));
        } else if (join(found, name), lstat(found, &what) < 0) {
            if (errno != ENOENT) fail("stat", found);
            make(found, kind, last);
        } else if (S_ISLNK(what.st_mode)) {
            if (++links > MAX_LINKS) errno = ELOOP, fail("path", found);
            follow_link(found, buffer, rest);
            step_back(found, strlen(root));
            if (*buffer == '/') found[strlen(root)] = '\0';
            rest = buffer;
        }
        if (!rest) break;
    }
}
