/*
 * The command line: one table. A word that is wrong is refused by name, before the kernel is asked for anything.
 */
#include "shim.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define DOCKERS_FOURTEEN 0xa80425fbULL      /* moby: oci/caps/defaults.go */

static bool a_number(const char *text, int base, unsigned long long limit, unsigned long long *n)
{
    char *end;
    errno = 0;
    *n = strtoull(text, &end, base);
    return *text && strchr("0123456789abcdefABCDEF", *text) && !*end && !errno && *n <= limit;
}

static bool flag(char *text, void *field)
{
    (void)text;
    return *(bool *)field = true;
}

static bool word(char *text, void *field)
{
    *(const char **)field = text;
    return *text;
}

/* Paths are absolute: the shim leaves the directory it was started in, so as not to keep it busy. */
static bool place(char *text, void *field)
{
    return *text == '/' && word(text, field);
}

static bool number(char *text, void *field)
{
    unsigned long long n;
    return a_number(text, 10, INT_MAX, &n) && (*(unsigned *)field = (unsigned)n, true);
}

static bool size(char *text, void *field)
{
    unsigned long long n;
    return a_number(text, 10, LLONG_MAX, &n) && word(text, field);
}

static bool hexadecimal(char *text, void *field)
{
    unsigned long long n;
    return a_number(text, 16, ~0ULL, &n) && (*(uint64_t *)field = n, true);
}

static bool descriptor(char *text, void *field)
{
    return number(text, field) && *(int *)field > 2 && fcntl(*(int *)field, F_GETFD) >= 0;
}

/* 10, 0.5: no floating point for a thousandth of a second. */
static bool seconds(char *text, void *field)
{
    unsigned long long whole, part = 0;
    char *point = strchr(text, '.');
    if (point) {
        *point++ = '\0';
        if (strlen(point) > 3 || !a_number(point, 10, 999, &part)) return false;
        for (size_t digits = strlen(point); digits < 3; digits++) part *= 10;
    }
    return a_number(text, 10, INT_MAX / 1000, &whole) && (*(long *)field = (long)(whole * 1000 + part), true);
}

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

static bool volume(char *text, void *field)
{
    struct binds *binds = field;
    char *source = strsep(&text, ":"), *target = strsep(&text, ":");
    if (binds->count == MOST_BINDS || !target || *source != '/' || *target != '/') return false;
    if (text && strcmp(text, "ro")) return false;
    binds->list[binds->count++] = (struct bind){ source, target, text != NULL };
    return true;
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
    { "--shm", RUN, descriptor, FIELD(shm) },
    { "--shm-size", RUN | HOLD, size, FIELD(shm_size) },
    { "--report", HOLD, descriptor, FIELD(report) },
    { "--stage", RUN | HOLD, place, FIELD(stage) },
    { "--bind", RUN, volume, FIELD(binds) },
    { "--applets", RUN, applets, FIELD(applets) },
    { "--restart", RUN, policy, FIELD(restart) },
    { "--backoff", RUN, seconds, FIELD(backoff) },
    { "--grace", RUN, seconds, FIELD(grace) },
    { "--uid", RUN | EXEC, number, FIELD(uid) },
    { "--gid", RUN | EXEC, number, FIELD(gid) },
    { "--groups", RUN | EXEC, group_list, FIELD(groups) },
    { "--caps", RUN | EXEC, hexadecimal, FIELD(caps) },
    { "--privileged", RUN | EXEC, flag, FIELD(privileged) },
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
    bool wants_root = o->binds.count || o->applets.busybox || o->shm != NO_FD || o->shm_size;
    if (!o->command || !*o->command) refuse("no command after", "--");
    if (wants_root && !o->stage) refuse("needs --stage:", "--bind, --applets, --shm or --shm-size");
    if (verb == HOLD && !o->stage) refuse("hold needs", "--stage");
    if (o->hostname && !(o->new_kinds & CLONE_NEWUTS)) refuse("needs --new uts:", "--hostname");
    if (o->net != NO_FD && (o->new_kinds & CLONE_NEWNET)) refuse("joined and new at once:", "net");
    if (o->ipc != NO_FD && (o->new_kinds & CLONE_NEWIPC)) refuse("joined and new at once:", "ipc");
    if (o->uts != NO_FD && (o->new_kinds & CLONE_NEWUTS)) refuse("joined and new at once:", "uts");
    if (o->pid != NO_FD && (o->new_kinds & CLONE_NEWPID)) refuse("joined and new at once:", "pid");
}

enum verb read_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){
        .net = NO_FD, .ipc = NO_FD, .uts = NO_FD, .pid = NO_FD, .mnt = NO_FD, .shm = NO_FD,
        .report = NO_FD,
        .cwd = "/", .grace = 10000, .backoff = 10000, .caps = DOCKERS_FOURTEEN,
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
        if (!known->read(value, (char *)o + known->field)) refuse("wrong value for", known->name);
    }
    check_together(o, verb);
    return verb;
}
