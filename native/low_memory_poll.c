/*
 * poll(2) that releases the program's own pages first. Most of what starts a workload is not needed to monitor it: the kernel keeps
 * the pages in its page cache and maps again the few that the event loop touches. With a static glibc a shim takes 200 kB instead of
 * 700, and each workload of each pod has one.
 */
#include "shim.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern const ElfW(Ehdr) __ehdr_start;           /* defined by ld(1): the ELF header as it is mapped */

/*
 * Only segments that are not writable: MADV_DONTNEED loses changes. Both calls go through syscall(2), so that one page of the C
 * library is mapped again before the sleep, not one for each wrapper.
 */
int low_memory_poll(struct pollfd *set, nfds_t count, int milliseconds)
{
    const ElfW(Phdr) *segment = (const void *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
    struct { long seconds, nanoseconds; } limit = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < __ehdr_start.e_phnum; i++, segment++) {
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        uintptr_t first = segment->p_vaddr & ~(page - 1);
        syscall(SYS_madvise, first, segment->p_vaddr + segment->p_memsz - first, MADV_DONTNEED);
    }
    return (int)syscall(SYS_ppoll, set, count, milliseconds < 0 ? NULL : &limit, NULL, 0L);
}
