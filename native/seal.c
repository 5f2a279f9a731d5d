/*
 * --read-only: what the workload got from us rather than from its manifest takes no writes: the root, /run, /tmp. A volume
 * that was put on one of them (an emptyDir at /tmp, most often) is what it is there for, and stays as it is: hence the numbers
 * of our own file systems, taken before the volumes come.
 */
#include "shim.h"
#include "kernel.h"

#include <sys/stat.h>

static const char *const ours[] = { "/", "/run", "/tmp" };
static dev_t devices[sizeof ours / sizeof *ours];

static dev_t device_at(const char *root, const char *place, char found[PATH_MAX])
{
    struct stat there;
    within(root, place, DIRECTORY, found);
    if (stat(found, &there) < 0) fail("stat", found);
    return there.st_dev;
}

void know_own_mounts(const char *root)
{
    char found[PATH_MAX];
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) devices[i] = device_at(root, ours[i], found);
}

void seal_own_mounts(const char *root)
{
    char found[PATH_MAX];
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (device_at(root, ours[i], found) == devices[i]) must_restrict(found, MS_RDONLY);
}
