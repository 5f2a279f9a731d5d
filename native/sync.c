/*
 * Services follow what is ready without a process that watches: the shim whose workload became ready, or not ready any more, starts
 * `nslab sync` once. Only while the state directory has Services. It is never waited for: as any descendant it is reaped when it has
 * ended.
 */
#include "detached.h"
#include "shim.h"

#include <string.h>
#include <unistd.h>

static const struct sync *wanted;
static bool was_ready;

void sync_open(const struct sync *sync)
{
    wanted = sync;
}

/* To be called with each record that was written: readers are to find in it what changed. */
void sync_if_changed(const struct record *r)
{
    bool is_ready = r->ready && !strcmp(r->state, "running");
    if (!wanted || wanted->count < 2 || is_ready == was_ready) return;
    was_ready = is_ready;
    if (access(wanted->words[0], F_OK) == 0 && fork() == 0) become_detached((char *const *)wanted->words + 1);
}
