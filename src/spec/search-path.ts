/** The default PATH of a workload: the machine's own programs. */
export const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The directory of busybox's applets in a workload's private root. */
export const APPLETS = '/run/busybox';
