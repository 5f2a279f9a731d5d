/*
 * The body of the one answer that a process gives, and what the images ask of a request.
 */
#include "webserver.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct answer answer;

extern char **environ;

void add(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(answer.body + answer.length, BODY - answer.length, format, arguments);
    va_end(arguments);
    answer.length = size < 0 || answer.length + (size_t)size >= BODY ? BODY - 1 : answer.length + (size_t)size;
}

void add_json(const char *one)
{
    add("\"");
    for (; *one; one++) (unsigned char)*one < ' ' || *one == '"' || *one == '\\' ? add("\\u%04x", *one) : add("%c", *one);
    add("\"");
}

/* Lines of `Name: value` or `NAME=value`. */
void add_pairs(const char *line, const char *end, const char *between)
{
    for (; line && *line && line < end; line = strpbrk(line, "\r\n"), line = line ? line + strspn(line, "\r\n") : NULL)
        add("%.*s%s", (int)strcspn(line, "\r\n"), line, between);
}

void add_environment(const char *between)
{
    for (char **variable = environ; *variable; variable++) add("%s%s", *variable, between);
}

/* %XX and + of a query. */
const char *parameter(const struct request *r, const char *name)
{
    static char value[4096];
    size_t size = strlen(name);
    char *out = value;
    for (const char *at = r->query; at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
        if (strncasecmp(at, name, size) || at[size] != '=') continue;
        for (at += size + 1; *at && *at != '&' && out < value + sizeof value - 1; at++) {
            char hex[3] = { at[0], at[0] ? at[1] : '\0', at[0] && at[1] ? at[2] : '\0' };
            if (*at == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2])) {
                memcpy(hex, at + 1, 2), hex[2] = '\0';
                *out++ = (char)strtol(hex, NULL, 16), at += 2;
            } else *out++ = *at == '+' ? ' ' : *at;
        }
        break;
    }
    *out = '\0';
    return value;
}

bool is_any(const char *path, ...)
{
    va_list paths;
    bool found = false;
    va_start(paths, path);
    for (const char *one; !found && (one = va_arg(paths, const char *));) found = !strcmp(path, one);
    va_end(paths);
    return found;
}

bool is_health(const char *path)
{
    return is_any(path, "/healthz", "/readyz", "/livez", "/health", "/healthy", "/ready", NULL);
}
