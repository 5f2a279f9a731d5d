/*
 * shim: does for one workload what only a single-threaded process may do. This header declares what all its files share: options,
 * failures, control socket, status record, transcript, one attempt of a workload, the verbs.
 */
#ifndef SHIM_H
#define SHIM_H

#include "descriptors.h"
#include "purposes.h"

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- cloned_binary.c: runs the shim from a read-only clone of its own file ----------------------------------------- */

void ensure_cloned_binary(char **argv);

/* ---- escaped.c: bytes that Node cannot pass -------------------------------------------------------------------------- */

void decode_escaped(int *argc, char **argv);

/* ---- options.c: the command line ----------------------------------------------------------------------------------- */

enum verb { RUN = 1, EXEC = 2, HOLD = 4 };
enum restart { NEVER, ON_FAILURE, ALWAYS };
enum { NO_FD = -1, MAX_BINDS = 128, MAX_DIRECTORIES = 16, MAX_TMPFSES = 32, MAX_CGROUPS = 4, MAX_GROUPS = 64, MAX_EXIT_RULES = 20, MAX_SYNC = 8 };

/* from_holder: the source is a path in the holder's mount namespace, not in the host's. */
struct binds { struct bind { const char *source, *target; bool read_only, from_holder; } list[MAX_BINDS]; int count; };
struct directories { const char *list[MAX_DIRECTORIES]; int count; };
struct tmpfses { struct tmpfs { const char *name, *data; } list[MAX_TMPFSES]; int count; };
struct cgroups { int list[MAX_CGROUPS]; int count; };
struct groups { gid_t list[MAX_GROUPS]; int count; };
/* What follows an exit with one of these statuses; the first rule that has it decides. COUNTED: as without a rule. */
enum verdict { COUNTED, UNCOUNTED, FINAL, FAILS_JOB, VERDICTS };
struct exit_rules { struct exit_rule { enum verdict verdict; bool statuses[256]; } list[MAX_EXIT_RULES]; int count; };
struct applets { const char *busybox, *directory, *list; };
/* The directory of the Services, then the command; ends with NULL. */
struct sync { const char *words[MAX_SYNC + 1]; int count; };

/* Kubernetes' LifecycleHandler (hooks) and ProbeHandler (probes), and the actions that it has for both. */
enum handler_kind { POST_START, PRE_STOP, STARTUP, LIVENESS, READINESS, HANDLER_KINDS };
enum action { NO_ACTION, EXEC_ACTION, TCP_ACTION, HTTP_ACTION, GRPC_ACTION, SLEEP_ACTION };
struct handler {
    enum action action;
    char **words;                               /* the command, or the headers of an HTTP request; ends with NULL */
    const char *host, *path;                    /* path: of a gRPC action, the service */
    bool tls;
    uint32_t address;                           /* network byte order */
    uint16_t port;
    unsigned success, failure;                  /* thresholds: equal results in a row */
    int64_t delay, period, timeout, grace, sleep;  /* milliseconds; timeout 0: none; grace -1: the workload's */
};
struct handlers { struct handler of[HANDLER_KINDS], *last; char **slot; };

struct options {
    char **command;                             /* what follows `--`, ends with NULL */
    int net, ipc, uts, pid, mnt, holder;        /* descriptors of namespaces to join, or NO_FD */
    int hold_open, stop_pipe;                   /* a pipe's write end, kept open until the shim ends; a read end, whose EOF stops it */
    int turn;                                   /* a fifo, kept open until the shim ends: pods of the same Job wait for that */
    int job_failures, job_failed;               /* a file with a byte for each failure of the Job; a fifo with data when it has failed */
    int report;                                 /* where `hold` writes a failure, or NO_FD */
    int new_kinds;                              /* CLONE_NEWNET | … */
    const char *hostname, *stage, *rootfs, *shm, *shm_size, *cwd;
    struct binds binds;
    struct directories directories;
    struct tmpfses tmpfses;
    struct cgroups cgroups;
    struct applets applets;
    struct sync sync;
    enum restart restart;
    unsigned max_restarts;
    struct exit_rules exit_rules;
    int64_t grace, backoff, deadline;           /* milliseconds; deadline 0: none */
    struct handlers handlers;
    unsigned uid, gid;
    unsigned open_files;                        /* the soft limit; 0: as it is */
    unsigned stop_signal;                       /* 0: TERM */
    struct groups groups;
    uint64_t caps;
    bool privileged, no_new_privileges, read_only, tty, open_stdin;
};

enum verb read_options(struct options *o, int argc, char **argv);

/* ---- failure.c: one line on the control socket, else on stderr ------------------------------------------------------ */

enum { SHIM_FAILED = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127, BY_SIGNAL = 128 };

/* Less than PIPE_BUF, so the attempt's child sends it to the shim by one atomic write. */
struct failure { int status, error; char step[24], what[160]; };

struct failure failure_now(int status, const char *step, const char *what);   /* from errno */
void failures_to_pipe(int pipe);                                              /* in a child: the parent reports them */
_Noreturn void fail(const char *step, const char *what);                      /* from errno, status 125 */
_Noreturn void fail_as(int status, const char *step, const char *what);
_Noreturn void usage_error(const char *what, const char *word);
void report_failure(const struct failure *f);

/* ---- control.c: the socket to the creator --------------------------------------------------------------------------- */

enum word { NO_WORD, BEGIN, GO, KEEP, STAY, UNKNOWN_WORD };

bool is_passed(int fd);                         /* by the creator */
void control_open(void);
void control_use(int fd);
int control_fd(void);                           /* NO_FD: absent or closed */
bool control_receive(void);                     /* false: the creator closed its end */
enum word control_next_word(void);
void control_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
void control_close(void);

/* ---- sync.c: tells Services that a workload became ready, or not ready any more ------------------------------------- */

struct record;
void sync_open(const struct sync *sync);
void sync_if_changed(const struct record *r);

/* ---- record.c: the workload's status record ------------------------------------------------------------------------- */

struct record {
    const char *state;                          /* created running waiting exited failed */
    bool stay, started, ready;                  /* stay: the pod was committed */
    pid_t pid;                                  /* 0: none is running */
    int code, signal;                           /* of the last attempt that ended */
    unsigned restarts;
    struct failure failure;
    const char *note;
    int64_t started_at, finished_at;            /* milliseconds since 1970 */
};

void record_open(void);
bool record_hold(void);                         /* exec: holds the lock and writes nothing; false: there is no record */
void record_write(const struct record *r);
void record_close(void);                        /* in a child: the lock belongs to the shim alone */
unsigned long long start_ticks(pid_t pid);
bool is_caught(pid_t pid, int signal);
int64_t wall_clock_ms(void);

/* ---- transcript.c: the calls that change something ------------------------------------------------------------------- */

uint64_t monotonic_ns(void);
void transcript_open(void);
void transcript_after_fork(void);               /* in a child: a new pid, no pending evidence */
void transcript_close(void);
void transcript_write(enum purpose purpose, const char *call, uint64_t began, long result, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* evidence.c: the inodes of namespaces before and after a call, for its line in the transcript */
void evidence_open(int proc);                   /* the host's /proc; NO_FD: none is collected */
void evidence_before(int kinds);
size_t evidence_after(char *out, size_t room, long child);      /* child 0: of this process */

/* ---- attempt.c: one attempt, from clone to execve -------------------------------------------------------------------- */

struct attempt { pid_t child; int report; };    /* report: end-of-file when the program runs, else a failure */

/* `prepare` runs in the child before it gives up its privileges. child -1: see errno. */
struct attempt fork_attempt(const struct options *o, int kinds, void (*prepare)(const struct options *o));
bool read_report(int report, struct failure *f);
void die_with_parent(int report);               /* in a child, with its write end of the pipe */

/* inherited.c */
void reset_inherited(unsigned open_files);      /* 0: as it is */

/* descendants.c: what left its command's process group. `is_spared`: children that are handled elsewhere; NULL: none */
void adopt_descendants(void);
bool has_children(void);
void kill_descendants(bool (*is_spared)(pid_t child, const void *of), const void *of);
void reap_descendants(bool (*is_spared)(pid_t child, const void *of), const void *of);

/* namespaces.c */
void join_namespaces(const struct options *o);                  /* net, ipc, uts */
void join_all_namespaces(const struct options *o);              /* and pid, mnt */
void unshare_namespaces(const struct options *o);

/* holder_mounts.c: clones of mounts in the holder's mount namespace, attached nowhere yet; shm NO_FD: not requested */
struct holder_mounts { int shm, volumes[MAX_BINDS]; };
void clone_holder_mounts(const struct options *o, struct holder_mounts *mounts);

/* root.c, host_mounts.c, pseudo_fs.c, volumes.c, read_only_root.c, path.c: the private root */
void unshare_mount_namespace(const struct options *o, struct holder_mounts *mounts);    /* NULL, NULL: clones nothing */
void enter_private_root(const struct options *o);
void pivot_into(const char *root);
void bind_host_mounts(const char *root, const char *stage);
void mount_pseudo_fs(const char *root, const struct options *o, int shm);
void make_directories(const char *root, const struct options *o);
void mount_volumes(const char *root, const struct options *o, const struct holder_mounts *mounts);
void note_own_mounts(const char *root, const struct options *o);
void remount_own_read_only(const char *root, const struct options *o);
void link_applets(const char *root, const struct options *o);
const char *shm_options(const struct options *o);
enum path_kind { DIRECTORY, REGULAR_FILE, INHERITING_DIRECTORY };
bool is_absent(const char *path);
void resolve_in_root(const char *root, const char *path, enum path_kind kind, char found[PATH_MAX]);

/* privilege.c, launch.c */
void limit_privileges(const struct options *o);
_Noreturn void launch(const struct options *o);

/* ---- terminal.c: a pty and its relay --------------------------------------------------------------------------------- */

struct terminal { int master, slave; bool input_ended; char input[1024]; size_t length; };

void terminal_open(struct terminal *t, const struct options *o);
void terminal_attach(struct terminal *t);       /* in the child: 0, 1, 2 and the controlling terminal */
void terminal_begin(struct terminal *t);        /* in the parent, when the program runs */
void terminal_resize(struct terminal *t);
void terminal_poll_set(const struct terminal *t, struct pollfd set[2]);
void terminal_relay(struct terminal *t, const struct pollfd set[2]);
void terminal_end(struct terminal *t);

/* ---- signals.c: a signalfd, so that no signal is lost between a check and a sleep ------------------------------------- */

int signals_open(const int *wanted);            /* ends with 0; they and PIPE are blocked from now on */
void open_standard_input(void);                 /* standard_input.c */

int signals_next(int signals);                  /* 0: none is pending */

int low_memory_poll(struct pollfd *set, nfds_t count, int milliseconds);      /* low_memory_poll.c */

/* ---- the verbs ------------------------------------------------------------------------------------------------------- */

int run(const struct options *o);               /* monitor.c and the files in monitor.h */
int64_t next_delay(int64_t last, int64_t lived, int64_t step);                /* backoff.c, milliseconds */
int exec_inside(const struct options *o);       /* exec.c */
_Noreturn void become_holder(const struct options *o);      /* hold.c */

#endif
