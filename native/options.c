/*
 * The command line: one table (values.c and errand_options.c read what stands in it). A word that is wrong is refused by name,
 * before the kernel is asked for anything.
 */
#include "shim.h"
#include "kernel.h"
#include "values.h"

#include <string.h>

#define DOCKERS_FOURTEEN 0xa80425fbULL      /* moby: oci/caps/defaults.go */

static bool kinds(char *text, void *field)
{
    static const struct { const char *name; int kind; } known[] = {
        { "net", CLONE_NEWNET }, { "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS }, { "pid", CLONE_NEWPID },
    };
    for (char *name; (name = strsep(&text, ","));) {
        int kind = 0;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (!strcmp(name, known[i].name)) kind = known[i].kind;
        if (!kind) return false;
        *(int *)field |= kind;
    }
    return true;
}

static bool add_volume(char *text, struct binds *binds, bool of_holder)
{
    char *source = strsep(&text, ":"), *target = strsep(&text, ":");
    if (binds->count == MOST_BINDS || !target || *source != '/' || *target != '/') return false;
    if (text && strcmp(text, "ro")) return false;
    binds->list[binds->count++] = (struct bind){ source, target, text != NULL, of_holder };
    return true;
}

static bool volume(char *text, void *field)
{
    return add_volume(text, field, false);
}

static bool tree(char *text, void *field)
{
    return add_volume(text, field, true);
}

static bool directory(char *text, void *field)
{
    struct directories *d = field;
    return d->count < MOST_DIRECTORIES && place(text, &d->list[d->count++]);
}

/* The name becomes one directory, and no other place. */
static bool tmpfs(char *text, void *field)
{
    struct tmpfses *t = field;
    char *name = strsep(&text, ":");
    if (t->count == MOST_TMPFSES || !text || !*name || *name == '.' || strchr(name, '/') || strlen(name) > NAME_MAX) return false;
    t->list[t->count++] = (struct tmpfs){ name, text };
    return true;
}

static bool cgroup(char *text, void *field)
{
    struct cgroups *c = field;
    return c->count < MOST_CGROUPS && descriptor(text, &c->list[c->count++]);
}

static bool applets(char *text, void *field)
{
    struct applets *a = field;
    char *busybox = strsep(&text, ":"), *directory = strsep(&text, ":");
    return directory && text && place(busybox, &a->busybox) && place(directory, &a->directory) && place(text, &a->list);
}

static bool policy(char *text, void *field)
{
    static const char *const names[] = { [NEVER] = "no", [ON_FAILURE] = "on-failure", [ALWAYS] = "always" };
    for (int p = NEVER; p <= ALWAYS; p++)
        if (!strcmp(text, names[p])) return *(enum restart *)field = p, true;
    return false;
}

static bool group_list(char *text, void *field)
{
    struct groups *groups = field;
    for (char *one; (one = strsep(&text, ","));)
        if (groups->count == MOST_GROUPS || !number(one, &groups->list[groups->count++])) return false;
    return true;
}

static const struct option {
    const char *name;
    int verbs;
    bool (*read)(char *text, void *field);
    size_t field;
} table[] = {
#define FIELD(name) offsetof(struct options, name)
    { "--net", RUN | EXEC, descriptor, FIELD(net) },
    { "--ipc", RUN | EXEC, descriptor, FIELD(ipc) },
    { "--uts", RUN | EXEC, descriptor, FIELD(uts) },
    { "--pid", RUN | EXEC, descriptor, FIELD(pid) },
    { "--mnt", EXEC, descriptor, FIELD(mnt) },
    { "--new", RUN, kinds, FIELD(new_kinds) },
    { "--hostname", RUN, word, FIELD(hostname) },
    { "--holder", RUN, descriptor, FIELD(holder) },
    { "--shm", RUN, place, FIELD(shm) },
    { "--shm-size", RUN | HOLD, size, FIELD(shm_size) },
    { "--report", HOLD, descriptor, FIELD(report) },
    { "--stage", RUN | HOLD, place, FIELD(stage) },
    { "--tmpfs", HOLD, tmpfs, FIELD(tmpfses) },
    { "--bind", RUN, volume, FIELD(binds) },
    { "--tree", RUN, tree, FIELD(binds) },
    { "--mkdir", RUN, directory, FIELD(directories) },
    { "--read-only", RUN, flag, FIELD(read_only) },
    { "--applets", RUN, applets, FIELD(applets) },
    { "--restart", RUN, policy, FIELD(restart) },
    { "--most-restarts", RUN, number, FIELD(most_restarts) },
    { "--backoff", RUN, seconds, FIELD(backoff) },
    { "--grace", RUN, seconds, FIELD(grace) },
    { "--deadline", RUN, some_seconds, FIELD(deadline) },
    { "--beacon", RUN, descriptor, FIELD(beacon) },
    { "--until", RUN, descriptor, FIELD(until) },
    { "--errand", RUN, errand, FIELD(errands) },
    { "--exec", RUN, errand_exec, FIELD(errands) },
    { "--tcp", RUN, errand_tcp, FIELD(errands) },
    { "--http", RUN, errand_http, FIELD(errands) },
    { "--header", RUN, errand_header, FIELD(errands) },
    { "--sleep", RUN, errand_sleep, FIELD(errands) },
    { "--uid", RUN | EXEC, number, FIELD(uid) },
    { "--gid", RUN | EXEC, number, FIELD(gid) },
    { "--groups", RUN | EXEC, group_list, FIELD(groups) },
    { "--caps", RUN | EXEC, hexadecimal, FIELD(caps) },
    { "--privileged", RUN | EXEC, flag, FIELD(privileged) },
    { "--allow-new-privileges", RUN | EXEC, flag, FIELD(allow_new_privileges) },
    { "--cgroup", RUN | EXEC, cgroup, FIELD(cgroups) },
    { "--cwd", RUN | EXEC, place, FIELD(cwd) },
    { "--tty", EXEC, flag, FIELD(tty) },
#undef FIELD
};

static const struct option *find_option(const char *name, enum verb verb)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(name, table[i].name) && (table[i].verbs & verb)) return &table[i];
    refuse("no such option", name);
}

static enum verb find_verb(const char *name)
{
    if (name && !strcmp(name, "run")) return RUN;
    if (name && !strcmp(name, "exec")) return EXEC;
    if (name && !strcmp(name, "hold")) return HOLD;
    refuse("no such verb", name ? name : "(none)");
}

/* What would be half right: better said now than found out by a workload. */
static void check_together(const struct options *o, enum verb verb)
{
    bool wants_root = o->binds.count || o->applets.busybox || o->directories.count || o->read_only || o->shm || o->shm_size;
    bool borrows = o->shm != NULL;
    for (int i = 0; i < o->binds.count; i++) borrows |= o->binds.list[i].of_holder;
    if (!o->command || !*o->command) refuse("no command after", "--");
    if (wants_root && !o->stage) refuse("needs --stage:", "--bind, --tree, --mkdir, --read-only, --applets, --shm or --shm-size");
    if (borrows && o->holder == NO_FD) refuse("needs --holder:", "--shm or --tree");
    if (o->shm && o->shm_size) refuse("one of the two:", "--shm, --shm-size");
    if (verb == HOLD && !o->stage) refuse("hold needs", "--stage");
    for (enum when when = 0; when < WHENS; when++)
        if (o->errands.of[when].words && !o->errands.of[when].deed) refuse("nothing to do for an", "--errand");
    if (o->hostname && !(o->new_kinds & CLONE_NEWUTS)) refuse("needs --new uts:", "--hostname");
    if (o->net != NO_FD && (o->new_kinds & CLONE_NEWNET)) refuse("joined and new at once:", "net");
    if (o->ipc != NO_FD && (o->new_kinds & CLONE_NEWIPC)) refuse("joined and new at once:", "ipc");
    if (o->uts != NO_FD && (o->new_kinds & CLONE_NEWUTS)) refuse("joined and new at once:", "uts");
    if (o->pid != NO_FD && (o->new_kinds & CLONE_NEWPID)) refuse("joined and new at once:", "pid");
}

enum verb read_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){
        .net = NO_FD, .ipc = NO_FD, .uts = NO_FD, .pid = NO_FD, .mnt = NO_FD, .holder = NO_FD,
        .report = NO_FD, .beacon = NO_FD, .until = NO_FD,
        .cwd = "/", .grace = 10000, .most_restarts = UINT_MAX, .backoff = 10000, .caps = DOCKERS_FOURTEEN,
    };
    enum verb verb = find_verb(argc > 1 ? argv[1] : NULL);
    for (char **at = argv + 2; argc > 2 && *at; at++) {
        if (!strcmp(*at, "--")) {
            o->command = at + 1;
            break;
        }
        const struct option *known = find_option(*at, verb);
        char *value = known->read == flag ? NULL : *++at;
        if (!value && known->read != flag) refuse("needs a value:", known->name);
        o->errands.slot = at;                           /* ours to write on: see errand_options.c */
        if (!known->read(value, (char *)o + known->field)) refuse("wrong value for", known->name);
    }
    check_together(o, verb);
    return verb;
}
