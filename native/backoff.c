/*
 * The delay before a restart. The first restart has none. Then the delay doubles with each restart up to a limit, and a long run
 * resets it (the kubelet's CrashLoopBackOff).
 */
#include "shim.h"

enum { MAX_DELAY = 30, RESET_AFTER = 60 };              /* times --backoff: 5 and 10 minutes for 10 seconds */

int64_t next_delay(int64_t last, int64_t lived, int64_t step)
{
    if (lived >= RESET_AFTER * step) return 0;
    if (!last) return step;
    return 2 * last < MAX_DELAY * step ? 2 * last : MAX_DELAY * step;
}
