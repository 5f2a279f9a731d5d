/*
 * What the pods of a Job tell one another. Each counted failure is a byte that is appended to one file, of which every pod has a name: the
 * size is the count, and whoever is killed holds no lock. Data in the Job's fifo says that it has failed. It is never read, so that all see it.
 */
#include "monitor.h"

#include <sys/stat.h>
#include <unistd.h>

/* The file is made with it: the memory for what is appended is taken, and a full disk loses no count. */
enum { FIRST_BYTE = 1 };

static bool count_exceeds(int failures, unsigned limit)
{
    struct stat file;
    return write(failures, "\n", 1) == 1 && fstat(failures, &file) == 0 && file.st_size - FIRST_BYTE > (off_t)limit;
}

bool exceeds_limit(const struct monitor *m)
{
    const struct options *o = m->options;
    if (verdict_on(m) == UNCOUNTED) return false;
    if (o->job_failures != NO_FD) return count_exceeds(o->job_failures, o->max_restarts);
    return m->record.restarts - m->uncounted >= o->max_restarts;
}

/* The fifo is nonblocking, and one byte is enough. An end that somebody has asked for does not fail the Job. */
void fail_job(const struct monitor *m)
{
    const struct options *o = m->options;
    bool failed = m->phase != CREATED && m->record.code != 0 && !m->on_request;
    bool fails_job = o->job_failures != NO_FD || verdict_on(m) == FAILS_JOB;
    if (failed && fails_job && o->job_failed != NO_FD && write(o->job_failed, "\n", 1) < 0) return;
}
