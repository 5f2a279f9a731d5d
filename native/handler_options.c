/*
 * --handler KIND[,key=value…] and the action that follows it. The words of a command are collected in place, in the argv slots that
 * named them: their number is not limited and no memory is allocated.
 */
#include "option_values.h"
#include "shim.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { HOOKS = 1 << POST_START | 1 << PRE_STOP, STOPPING = 1 << STARTUP | 1 << LIVENESS, PROBES = STOPPING | 1 << READINESS };
enum { MAX_SERVICE = 100 };

static const char *const kind_names[HANDLER_KINDS] = {
    [POST_START] = "post-start", [PRE_STOP] = "pre-stop",
    [STARTUP] = "startup", [LIVENESS] = "liveness", [READINESS] = "readiness",
};

static const struct { const char *name; int of; bool (*read)(char *text, void *field); size_t field; } keys[] = {
    { "delay", PROBES, parse_seconds, offsetof(struct handler, delay) },
    { "period", PROBES, parse_positive_seconds, offsetof(struct handler, period) },
    { "timeout", PROBES | HOOKS, parse_positive_seconds, offsetof(struct handler, timeout) },
    { "grace", STOPPING, parse_seconds, offsetof(struct handler, grace) },
    { "success", PROBES, parse_positive_number, offsetof(struct handler, success) },
    { "failure", PROBES, parse_positive_number, offsetof(struct handler, failure) },
};

static bool parse_key(char *text, enum handler_kind kind, struct handler *h)
{
    char *name = strsep(&text, "=");
    for (size_t i = 0; text && i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(name, keys[i].name) && keys[i].of & 1 << kind) return keys[i].read(text, (char *)h + keys[i].field);
    return false;
}

static bool find_kind(const char *name, enum handler_kind *kind)
{
    for (*kind = 0; *kind < HANDLER_KINDS; ++*kind)
        if (!strcmp(name, kind_names[*kind])) return true;
    return false;
}

bool parse_handler(char *text, void *field)
{
    struct handlers *all = field;
    enum handler_kind kind;
    if (!find_kind(strsep(&text, ","), &kind) || all->of[kind].words) return false;
    all->last = &all->of[kind];
    *all->last = 1 << kind & HOOKS
        ? (struct handler){ .words = all->slot, .grace = -1 }
        : (struct handler){ .words = all->slot, .grace = -1, .period = 10000, .timeout = 1000, .success = 1, .failure = 3 };
    *all->last->words = NULL;
    while (text)
        if (!parse_key(strsep(&text, ","), kind, all->last)) return false;
    return true;
}

/* A handler has one action. Only the words of a command and the headers of a request are repeated options. */
static struct handler *set_action(struct handlers *all, enum action action)
{
    if (!all->last || all->last->action) return NULL;
    all->last->action = action;
    return all->last;
}

static bool add_word(struct handler *h, enum action action, char *text)
{
    char **end = h->words;
    if (h->action != action) return false;
    while (*end) end++;
    end[0] = text;
    end[1] = NULL;
    return true;
}

bool parse_handler_exec(char *text, void *field)
{
    struct handlers *all = field;
    if (!all->last) return false;
    if (!all->last->action) all->last->action = EXEC_ACTION;
    return add_word(all->last, EXEC_ACTION, text);
}

static bool parse_address(const char *text, struct handler *h)
{
    char address[INET_ADDRSTRLEN];
    const char *colon = strchr(text, ':');
    struct in_addr there;
    if (!colon || (size_t)(colon - text) >= sizeof address) return false;
    memcpy(address, text, (size_t)(colon - text));
    address[colon - text] = '\0';
    if (inet_pton(AF_INET, address, &there) != 1 || !parse_port((char *)colon + 1, &h->port)) return false;
    h->address = there.s_addr;
    h->host = text;
    return true;
}

bool parse_handler_tcp(char *text, void *field)
{
    struct handler *h = set_action(field, TCP_ACTION);
    return h && parse_address(text, h);
}

/* A blank or a line break would split the request line or a header. `least`: the smallest character allowed. */
static bool is_one_line(const char *text, char least)
{
    for (; *text; text++)
        if ((unsigned char)*text < (unsigned char)least || *text == '\177') return false;
    return true;
}

bool parse_handler_http(char *text, void *field)
{
    struct handler *h = set_action(field, HTTP_ACTION);
    char *host = strsep(&text, "/");
    if (!h || !text || !is_one_line(text, '!')) return false;
    h->path = text;
    return parse_address(host, h);
}

bool parse_handler_https(char *text, void *field)
{
    struct handlers *all = field;
    return parse_handler_http(text, field) && (all->last->tls = true);
}

/* One byte holds the length of the service's name. */
bool parse_handler_grpc(char *text, void *field)
{
    struct handlers *all = field;
    bool is_probe = all->last && 1 << (all->last - all->of) & PROBES;
    struct handler *h = is_probe ? set_action(field, GRPC_ACTION) : NULL;
    char *host = strsep(&text, "/");
    if (!h || !text || strlen(text) > MAX_SERVICE) return false;
    h->path = text;
    return parse_address(host, h);
}

bool parse_handler_header(char *text, void *field)
{
    struct handlers *all = field;
    return all->last && strchr(text, ':') && is_one_line(text, ' ') && add_word(all->last, HTTP_ACTION, text);
}

bool parse_handler_sleep(char *text, void *field)
{
    struct handlers *all = field;
    if (all->last != &all->of[POST_START] && all->last != &all->of[PRE_STOP]) return false;
    struct handler *h = set_action(all, SLEEP_ACTION);
    return h && parse_seconds(text, &h->sleep);
}
