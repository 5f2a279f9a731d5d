/*
 * The command line: one table of options; option_values.c and handler_options.c parse their values. A wrong word is reported by name
 * before any system call is made.
 */
#include "option_values.h"
#include "shim.h"
#include "syscalls.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_CAPS 0xa80425fbULL      /* moby: oci/caps/defaults.go */

static bool parse_kinds(char *text, void *field)
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

static bool add_volume(char *text, struct binds *binds, bool from_holder)
{
    char *source = strsep(&text, ":"), *target = strsep(&text, ":");
    if (binds->count == MAX_BINDS || !target || *source != '/' || *target != '/') return false;
    if (text && strcmp(text, "ro")) return false;
    binds->list[binds->count++] = (struct bind){ source, target, text != NULL, from_holder };
    return true;
}

static bool parse_bind(char *text, void *field)
{
    return add_volume(text, field, false);
}

static bool parse_holder_bind(char *text, void *field)
{
    return add_volume(text, field, true);
}

static bool parse_directory(char *text, void *field)
{
    struct directories *d = field;
    return d->count < MAX_DIRECTORIES && parse_path(text, &d->list[d->count++]);
}

/* NAME:OPTIONS; the name becomes one directory below /volumes, so it must not contain a slash or begin with a dot. */
static bool parse_tmpfs(char *text, void *field)
{
    struct tmpfses *t = field;
    char *name = strsep(&text, ":");
    if (t->count == MAX_TMPFSES || !text || !*name || *name == '.' || strchr(name, '/') || strlen(name) > NAME_MAX) return false;
    t->list[t->count++] = (struct tmpfs){ name, text };
    return true;
}

static bool parse_cgroup(char *text, void *field)
{
    struct cgroups *c = field;
    return c->count < MAX_CGROUPS && parse_descriptor(text, &c->list[c->count++]);
}

static bool parse_applets(char *text, void *field)
{
    struct applets *a = field;
    char *busybox = strsep(&text, ":"), *directory = strsep(&text, ":");
    return directory && text && parse_path(busybox, &a->busybox) && parse_path(directory, &a->directory) && parse_path(text, &a->list);
}

static bool parse_sync(char *text, void *field)
{
    struct sync *s = field;
    return s->count < MAX_SYNC && (s->words[s->count++] = text);
}

static bool parse_policy(char *text, void *field)
{
    static const char *const names[] = { [NEVER] = "no", [ON_FAILURE] = "on-failure", [ALWAYS] = "always" };
    for (int p = NEVER; p <= ALWAYS; p++)
        if (!strcmp(text, names[p])) return *(enum restart *)field = p, true;
    return false;
}

/* VERDICT:STATUS,… or VERDICT:!STATUS,… for every other status but 0 */
static bool parse_exit_rule(char *text, void *field)
{
    static const char *const names[VERDICTS] = { "counted", "uncounted", "final", "fails-job" };
    struct exit_rules *rules = field;
    char *name = strsep(&text, ":");
    if (rules->count == MAX_EXIT_RULES || !text) return false;
    struct exit_rule *rule = &rules->list[rules->count++];
    while (rule->verdict < VERDICTS && strcmp(name, names[rule->verdict])) rule->verdict++;
    bool others = *text == '!';
    for (int status = 1; status < 256; status++) rule->statuses[status] = others;
    text += others;
    for (char *one; (one = strsep(&text, ","));) {
        unsigned status;
        if (!parse_number(one, &status)) return false;
        if (status > 0 && status < 256) rule->statuses[status] = !others;
    }
    return rule->verdict < VERDICTS;
}

static bool parse_signal(char *text, void *field)
{
    return parse_positive_number(text, field) && *(unsigned *)field <= 64;      /* _NSIG */
}

static bool parse_groups(char *text, void *field)
{
    struct groups *groups = field;
    for (char *one; (one = strsep(&text, ","));)
        if (groups->count == MAX_GROUPS || !parse_number(one, &groups->list[groups->count++])) return false;
    return true;
}

static const struct option {
    const char *name;
    int verbs;
    bool (*read)(char *text, void *field);
    size_t field;
} table[] = {
#define FIELD(name) offsetof(struct options, name)
    { "--net", RUN | EXEC, parse_descriptor, FIELD(net) },
    { "--ipc", RUN | EXEC, parse_descriptor, FIELD(ipc) },
    { "--uts", RUN | EXEC, parse_descriptor, FIELD(uts) },
    { "--pid", RUN | EXEC, parse_descriptor, FIELD(pid) },
    { "--mnt", EXEC, parse_descriptor, FIELD(mnt) },
    { "--new", RUN, parse_kinds, FIELD(new_kinds) },
    { "--hostname", RUN, parse_text, FIELD(hostname) },
    { "--holder", RUN | EXEC, parse_descriptor, FIELD(holder) },
    { "--shm", RUN | EXEC, parse_path, FIELD(shm) },
    { "--shm-size", RUN | EXEC | HOLD, parse_size, FIELD(shm_size) },
    { "--report", HOLD, parse_descriptor, FIELD(report) },
    { "--stage", RUN | EXEC | HOLD, parse_path, FIELD(stage) },
    { "--rootfs", RUN, parse_path, FIELD(rootfs) },
    { "--tmpfs", HOLD, parse_tmpfs, FIELD(tmpfses) },
    { "--bind", RUN | EXEC, parse_bind, FIELD(binds) },
    { "--holder-bind", RUN, parse_holder_bind, FIELD(binds) },
    { "--mkdir", RUN, parse_directory, FIELD(directories) },
    { "--read-only", RUN, parse_flag, FIELD(read_only) },
    { "--applets", RUN | EXEC, parse_applets, FIELD(applets) },
    { "--restart", RUN, parse_policy, FIELD(restart) },
    { "--max-restarts", RUN, parse_number, FIELD(max_restarts) },
    { "--on-exit", RUN, parse_exit_rule, FIELD(exit_rules) },
    { "--backoff", RUN, parse_seconds, FIELD(backoff) },
    { "--grace", RUN, parse_seconds, FIELD(grace) },
    { "--stop-signal", RUN, parse_signal, FIELD(stop_signal) },
    { "--open-stdin", RUN, parse_flag, FIELD(open_stdin) },
    { "--deadline", RUN, parse_positive_seconds, FIELD(deadline) },
    { "--hold-open", RUN, parse_descriptor, FIELD(hold_open) },
    { "--turn", RUN, parse_descriptor, FIELD(turn) },
    { "--job-failures", RUN, parse_descriptor, FIELD(job_failures) },
    { "--job-failed", RUN, parse_descriptor, FIELD(job_failed) },
    { "--stop-on-eof", RUN, parse_descriptor, FIELD(stop_pipe) },
    { "--sync", RUN, parse_sync, FIELD(sync) },
    { "--handler", RUN, parse_handler, FIELD(handlers) },
    { "--exec", RUN, parse_handler_exec, FIELD(handlers) },
    { "--tcp", RUN, parse_handler_tcp, FIELD(handlers) },
    { "--http", RUN, parse_handler_http, FIELD(handlers) },
    { "--https", RUN, parse_handler_https, FIELD(handlers) },
    { "--grpc", RUN, parse_handler_grpc, FIELD(handlers) },
    { "--header", RUN, parse_handler_header, FIELD(handlers) },
    { "--sleep", RUN, parse_handler_sleep, FIELD(handlers) },
    { "--uid", RUN | EXEC, parse_number, FIELD(uid) },
    { "--gid", RUN | EXEC, parse_number, FIELD(gid) },
    { "--groups", RUN | EXEC, parse_groups, FIELD(groups) },
    { "--caps", RUN | EXEC, parse_hexadecimal, FIELD(caps) },
    { "--privileged", RUN | EXEC, parse_flag, FIELD(privileged) },
    { "--no-new-privileges", RUN | EXEC, parse_flag, FIELD(no_new_privileges) },
    { "--cgroup", RUN | EXEC, parse_cgroup, FIELD(cgroups) },
    { "--cwd", RUN | EXEC, parse_path, FIELD(cwd) },
    { "--open-files", RUN | EXEC | HOLD, parse_positive_number, FIELD(open_files) },
    { "--tty", EXEC, parse_flag, FIELD(tty) },
#undef FIELD
};

static const struct option *find_option(const char *name, enum verb verb)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(name, table[i].name) && (table[i].verbs & verb)) return &table[i];
    usage_error("no such option", name);
}

static _Noreturn void wrong_value(const char *name)
{
    char word[128];
    const char *range = wanted_number();
    snprintf(word, sizeof word, "%s%s%s", name, *range ? ": " : "", range);
    usage_error("wrong value for", word);
}

static enum verb find_verb(const char *name)
{
    if (name && !strcmp(name, "run")) return RUN;
    if (name && !strcmp(name, "exec")) return EXEC;
    if (name && !strcmp(name, "hold")) return HOLD;
    usage_error("no such verb", name ? name : "(none)");
}

/* Refuses combinations that would only fail later, in the workload. */
static void check_combinations(const struct options *o, enum verb verb)
{
    bool wants_root = o->binds.count || o->applets.busybox || o->directories.count || o->read_only || o->shm || o->shm_size || o->rootfs;
    bool needs_holder = o->shm != NULL;
    for (int i = 0; i < o->binds.count; i++) needs_holder |= o->binds.list[i].from_holder;
    if (!o->command || !*o->command) usage_error("no command after", "--");
    if (wants_root && !o->stage) usage_error("needs --stage:", "--bind, --holder-bind, --mkdir, --read-only, --applets, --rootfs, --shm or --shm-size");
    if (needs_holder && o->holder == NO_FD) usage_error("needs --holder:", "--shm or --holder-bind");
    if (o->shm && o->shm_size) usage_error("one of the two:", "--shm, --shm-size");
    if (verb == HOLD && !o->stage) usage_error("hold needs", "--stage");
    for (enum handler_kind kind = 0; kind < HANDLER_KINDS; kind++)
        if (o->handlers.of[kind].words && !o->handlers.of[kind].action) usage_error("no action for a", "--handler");
    if (o->hostname && !(o->new_kinds & CLONE_NEWUTS)) usage_error("needs --new uts:", "--hostname");
    if (o->net != NO_FD && (o->new_kinds & CLONE_NEWNET)) usage_error("joined and new at once:", "net");
    if (o->ipc != NO_FD && (o->new_kinds & CLONE_NEWIPC)) usage_error("joined and new at once:", "ipc");
    if (o->uts != NO_FD && (o->new_kinds & CLONE_NEWUTS)) usage_error("joined and new at once:", "uts");
    if (o->pid != NO_FD && (o->new_kinds & CLONE_NEWPID)) usage_error("joined and new at once:", "pid");
}

enum verb read_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){
        .net = NO_FD, .ipc = NO_FD, .uts = NO_FD, .pid = NO_FD, .mnt = NO_FD, .holder = NO_FD,
        .report = NO_FD, .hold_open = NO_FD, .stop_pipe = NO_FD, .turn = NO_FD, .job_failures = NO_FD, .job_failed = NO_FD,
        .cwd = "/", .grace = 10000, .max_restarts = UINT_MAX, .backoff = 10000, .caps = DEFAULT_CAPS,
    };
    enum verb verb = find_verb(argc > 1 ? argv[1] : NULL);
    for (char **at = argv + 2; argc > 2 && *at; at++) {
        if (!strcmp(*at, "--")) {
            o->command = at + 1;
            break;
        }
        const struct option *known = find_option(*at, verb);
        char *value = known->read == parse_flag ? NULL : *++at;
        if (!value && known->read != parse_flag) usage_error("needs a value:", known->name);
        o->handlers.slot = at;                          /* handler_options.c reuses it */
        if (!known->read(value, (char *)o + known->field)) wrong_value(known->name);
    }
    check_combinations(o, verb);
    return verb;
}
