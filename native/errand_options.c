/*
 * --errand WHEN[,key=value…], and the deed that follows it. Words are kept in the very places of argv that named them: there are
 * as many as the caller likes, and a shim that sleeps for months holds no memory for them.
 */
#include "values.h"
#include "shim.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { HOOKS = 1 << POST_START | 1 << PRE_STOP, ENDING = 1 << STARTUP | 1 << LIVENESS, PROBES = ENDING | 1 << READINESS };

static const char *const when_names[WHENS] = {
    [POST_START] = "post-start", [PRE_STOP] = "pre-stop",
    [STARTUP] = "startup", [LIVENESS] = "liveness", [READINESS] = "readiness",
};

static const struct { const char *name; int of; bool (*read)(char *text, void *field); size_t field; } keys[] = {
    { "delay", PROBES, seconds, offsetof(struct errand, delay) },
    { "period", PROBES, some_seconds, offsetof(struct errand, period) },
    { "timeout", PROBES | HOOKS, some_seconds, offsetof(struct errand, timeout) },
    { "grace", ENDING, seconds, offsetof(struct errand, grace) },
    { "success", PROBES, count, offsetof(struct errand, success) },
    { "failure", PROBES, count, offsetof(struct errand, failure) },
};

static bool read_key(char *text, enum when when, struct errand *e)
{
    char *name = strsep(&text, "=");
    for (size_t i = 0; text && i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(name, keys[i].name) && keys[i].of & 1 << when) return keys[i].read(text, (char *)e + keys[i].field);
    return false;
}

static bool find_when(const char *name, enum when *when)
{
    for (*when = 0; *when < WHENS; ++*when)
        if (!strcmp(name, when_names[*when])) return true;
    return false;
}

bool errand(char *text, void *field)
{
    struct errands *all = field;
    enum when when;
    if (!find_when(strsep(&text, ","), &when) || all->of[when].words) return false;
    all->last = &all->of[when];
    *all->last = 1 << when & HOOKS
        ? (struct errand){ .words = all->slot, .grace = -1 }
        : (struct errand){ .words = all->slot, .grace = -1, .period = 10000, .timeout = 1000, .success = 1, .failure = 3 };
    *all->last->words = NULL;
    while (text)
        if (!read_key(strsep(&text, ","), when, all->last)) return false;
    return true;
}

/* Each errand has one deed; only the words of a command and the headers of a page come in pieces. */
static struct errand *begin_deed_of(struct errands *all, enum deed deed)
{
    if (!all->last || all->last->deed) return NULL;
    all->last->deed = deed;
    return all->last;
}

static bool add_word(struct errand *e, enum deed deed, char *text)
{
    char **end = e->words;
    if (e->deed != deed) return false;
    while (*end) end++;
    end[0] = text;
    end[1] = NULL;
    return true;
}

bool errand_exec(char *text, void *field)
{
    struct errands *all = field;
    if (!all->last) return false;
    if (!all->last->deed) all->last->deed = EXEC_DEED;
    return add_word(all->last, EXEC_DEED, text);
}

static bool read_address(const char *text, struct errand *e)
{
    char address[INET_ADDRSTRLEN];
    unsigned port;
    const char *colon = strchr(text, ':');
    struct in_addr there;
    if (!colon || (size_t)(colon - text) >= sizeof address) return false;
    memcpy(address, text, (size_t)(colon - text));
    address[colon - text] = '\0';
    if (inet_pton(AF_INET, address, &there) != 1 || !count((char *)colon + 1, &port) || port > UINT16_MAX) return false;
    e->address = there.s_addr;
    e->port = (uint16_t)port;
    e->host = text;
    return true;
}

bool errand_tcp(char *text, void *field)
{
    struct errand *e = begin_deed_of(field, TCP_DEED);
    return e && read_address(text, e);
}

/* A blank or the end of a line would make two of what is asked. */
static bool is_one_line(const char *text, char least)
{
    for (; *text; text++)
        if ((unsigned char)*text < (unsigned char)least || *text == '\177') return false;
    return true;
}

bool errand_http(char *text, void *field)
{
    struct errand *e = begin_deed_of(field, HTTP_DEED);
    char *host = strsep(&text, "/");
    if (!e || !text || !is_one_line(text, '!')) return false;
    e->path = text;
    return read_address(host, e);
}

bool errand_header(char *text, void *field)
{
    struct errands *all = field;
    return all->last && strchr(text, ':') && is_one_line(text, ' ') && add_word(all->last, HTTP_DEED, text);
}

bool errand_sleep(char *text, void *field)
{
    struct errands *all = field;
    if (all->last != &all->of[POST_START] && all->last != &all->of[PRE_STOP]) return false;
    struct errand *e = begin_deed_of(all, SLEEP_DEED);
    return e && seconds(text, &e->pause);
}
