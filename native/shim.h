/*
 * shim: does for one workload what only a single-threaded process may do. One header for all of it, in the order of the story:
 * what was asked, what may go wrong, what is written down, one try, and who minds it.
 */
#ifndef SHIM_H
#define SHIM_H

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- untouchable.c: that no workload can write the program that we are --------------------------------------------- */

void run_untouchable(char **argv);

/* ---- options.c: what was asked ---------------------------------------------------------------------------------- */

enum verb { RUN = 1, EXEC = 2, HOLD = 4 };
enum restart { NEVER, ON_FAILURE, ALWAYS };
enum { NO_FD = -1, MOST_BINDS = 128, MOST_DIRECTORIES = 16, MOST_TMPFSES = 32, MOST_CGROUPS = 4, MOST_GROUPS = 64 };

/* of_holder: the source is a path in the holder's mount namespace, not in the host's. */
struct binds { struct bind { const char *source, *target; bool read_only, of_holder; } list[MOST_BINDS]; int count; };
struct directories { const char *list[MOST_DIRECTORIES]; int count; };
struct tmpfses { struct tmpfs { const char *name, *data; } list[MOST_TMPFSES]; int count; };
struct cgroups { int list[MOST_CGROUPS]; int count; };
struct applets { const char *busybox, *directory, *list; };

/* Things to be done on behalf of the workload. `words` end with NULL: of a command, or the headers of a request. Milliseconds; 0: no limit. */
enum when { POST_START, PRE_STOP, STARTUP, LIVENESS, READINESS, WHENS };
enum deed { NO_DEED, EXEC_DEED, TCP_DEED, HTTP_DEED, SLEEP_DEED };
struct errand {
    enum deed deed;
    char **words;
    const char *host, *path;
    uint32_t address;                           /* as the network has it */
    uint16_t port;
    unsigned success, failure;                  /* in a row */
    long delay, period, timeout, grace, pause;  /* grace -1: the workload's */
};
struct errands { struct errand of[WHENS], *last; char **slot; };
struct groups { gid_t list[MOST_GROUPS]; int count; };

struct options {
    char **command;                             /* what follows `--`, ends with NULL */
    int net, ipc, uts, pid, mnt, holder;        /* descriptors of namespaces to join, or NO_FD */
    int beacon, until;                          /* ends of a pipe: kept open for as long as we live; ends when we shall; or NO_FD */
    int report;                                 /* where a holder that cannot be set up says why, or NO_FD */
    int new_kinds;                              /* CLONE_NEWNET | … */
    const char *hostname, *stage, *shm, *shm_size, *cwd;
    struct binds binds;
    struct directories directories;
    struct tmpfses tmpfses;
    struct cgroups cgroups;
    struct applets applets;
    enum restart restart;
    unsigned most_restarts;                     /* and no more */
    long grace, backoff, deadline;              /* milliseconds; 0: no deadline */
    struct errands errands;
    unsigned uid, gid;
    struct groups groups;
    uint64_t caps;
    bool privileged, allow_new_privileges, read_only, tty;
};

enum verb read_options(struct options *o, int argc, char **argv);

/* ---- failure.c: one line for whoever listens, else for whoever reads stderr --------------------------------------- */

enum { BROKEN = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127, BY_SIGNAL = 128 };

/* Small enough that a pipe takes it whole: the try's child sends it to the shim. */
struct failure { int status, error; char step[24], what[160]; };

struct failure failure_now(int status, const char *step, const char *what);   /* from errno */
void failures_go_to(int pipe);                                                /* in a child: let the parent tell */
_Noreturn void fail(const char *step, const char *what);                      /* from errno, status 125 */
_Noreturn void fail_as(int status, const char *step, const char *what);
_Noreturn void refuse(const char *what, const char *word);                    /* a wrong command line */
void complain(const struct failure *f);

/* ---- control.c: the socket to whoever started us ------------------------------------------------------------------ */

enum word { NOTHING_YET, GO, STAY, NONSENSE };

void control_open(void);
void control_is(int fd);
int control_fd(void);                           /* NO_FD: there is none, or no more */
bool control_listen(void);                      /* false: the other end is gone */
enum word control_word(void);
void control_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void control_close(void);

/* ---- record.c: what became of the workload, for whoever comes later ------------------------------------------------ */

struct record {
    const char *state;                          /* created running waiting exited failed */
    bool stay, started, ready;
    pid_t pid;                                  /* 0: none is running */
    int code, signal;                           /* of the last try that ended */
    unsigned restarts;
    struct failure failure;
    const char *note;
    int64_t started_at, finished_at;            /* milliseconds since 1970 */
};

void record_open(void);
void record_write(const struct record *r);
void record_forget(void);                       /* in a child: the lock is the shim's alone */
unsigned long long start_ticks(pid_t pid);
bool is_caught(pid_t pid, int signal);
int64_t wall_clock(void);

/* ---- diary.c: what was asked of the kernel ------------------------------------------------------------------------ */

void diary_open(void);
void diary_forked(void);                        /* in a child: who am I now? */
void diary_close(void);
uint64_t diary_now(void);
int  diary_proc(void);                          /* the host's /proc; NO_FD: nobody keeps a diary */
void diary(const char *call, uint64_t began, long result, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* witness.c: the inodes before and after a move, for the next line of the diary */
void witness(int kinds);
size_t testify(char *out, size_t room, long child);

/* ---- attempt.c: one try, from clone to execve ------------------------------------------------------------------- */

struct attempt { pid_t child; int report; };    /* report: end-of-file when the program runs, a failure when it does not */

/* `prepare` happens in the child, before it gives up its privileges. child -1: see errno. */
struct attempt begin_attempt(const struct options *o, int kinds, void (*prepare)(const struct options *o));
bool read_report(int report, struct failure *f);

/* namespaces.c */
void enter_namespaces(const struct options *o); /* of somebody who lives: all of them */
void join_namespaces(const struct options *o);
void make_namespaces(const struct options *o);

/* borrow.c: copies of what the holder has, mounted nowhere yet; NO_FD: nothing was asked for */
struct loan { int shared_memory, trees[MOST_BINDS]; };
void borrow(const struct options *o, struct loan *loan);

/* root.c, mounts.c, furniture.c, volumes.c, seal.c, path.c: the private root */
void own_mount_namespace(const struct options *o, struct loan *loan);         /* NULL: nothing to borrow */
void enter_private_root(const struct options *o);
void move_in(const char *root);
void show_other_file_systems(const char *root, const char *stage);
void furnish(const char *root, const struct options *o, int shared_memory);
void make_directories(const char *root, const struct options *o);
void place_volumes(const char *root, const struct options *o, const struct loan *loan);
void know_own_mounts(const char *root);
void seal_own_mounts(const char *root);
void link_applets(const char *root, const struct options *o);
const char *shm_options(const struct options *o);
enum place { DIRECTORY, PLAIN_FILE, LIKE_ITS_PARENT };
void within(const char *root, const char *path, enum place kind, char found[PATH_MAX]);

/* privilege.c, launch.c */
void limit_privileges(const struct options *o);
_Noreturn void launch(const struct options *o);

/* ---- terminal.c: a pty, and what goes to and fro ------------------------------------------------------------------ */

struct terminal { int master, slave; bool input_over; char typed[1024]; size_t length; };

void terminal_open(struct terminal *t, const struct options *o);
void terminal_take(struct terminal *t);         /* in the child: it becomes 0, 1, 2 and the controlling terminal */
void terminal_begin(struct terminal *t);        /* in the parent, when the program runs */
void terminal_resize(struct terminal *t);
void terminal_wishes(const struct terminal *t, struct pollfd set[2]);
void terminal_relay(struct terminal *t, const struct pollfd set[2]);
void terminal_end(struct terminal *t);

/* ---- signals.c: by descriptor, so that nothing can arrive between a look and a sleep ------------------------------- */

int signals_open(const int *wanted);            /* ends with 0; they and PIPE are blocked from now on */
int signals_next(int signals);                  /* 0: no more */

int sleep_light(struct pollfd *set, nfds_t count, int milliseconds);          /* light.c: poll(2) in little memory */

/* ---- the verbs ---------------------------------------------------------------------------------------------------- */

int run(const struct options *o);               /* monitor.c, and what it is made of: minder.h */
int64_t next_delay(int64_t last, int64_t lived, int64_t step);                /* backoff.c, milliseconds */
int exec_inside(const struct options *o);       /* exec.c */
_Noreturn void become_holder(const struct options *o);      /* hold.c */

#endif
