/*
 * How long to wait before a workload is started again. The first time not at all: most crashes are accidents. A crash that comes
 * back is a state, and waits longer every time, up to a limit; a workload that ran well for long starts with a clean slate.
 */
#include "shim.h"

enum { LONGEST = 30, FORGOTTEN_AFTER = 60 };            /* times --backoff: 5 and 10 minutes, if that is 10 seconds */

int64_t next_delay(int64_t last, int64_t lived, int64_t step)
{
    if (lived >= FORGOTTEN_AFTER * step) return 0;
    if (!last) return step;
    return 2 * last < LONGEST * step ? 2 * last : LONGEST * step;
}
