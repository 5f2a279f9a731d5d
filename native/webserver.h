/*
 * What the files of `webserver` share:
 *
 *     webserver_answer.c      the body that is being written, and what is asked of a request
 *     webserver_images.c      one function for each image
 *     webserver_http.c        reads a request, writes the answer
 *     webserver.c             the name, the options, the port
 */
#ifndef WEBSERVER_H
#define WEBSERVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { BODY = 262144 };

struct request {
    char *method, *path, *query, *headers;
    char peer[INET6_ADDRSTRLEN + 8];
};

/* How a server of that name answers: it adds to the body, and gives the status. */
struct kind { const char *name; int port; int (*answer)(const struct request *r); };

/* What is said of the server itself. */
extern struct server { const char *text, *version; char host[256]; time_t started; int port; } server;

/* webserver_answer.c */
extern struct answer { char body[BODY]; size_t length; const char *type; } answer;
void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
void add_json(const char *one);
void add_pairs(const char *line, const char *end, const char *between);
void add_environment(const char *between);
const char *parameter(const struct request *r, const char *name);
bool is_any(const char *path, ...);
bool is_health(const char *path);

/* webserver_images.c */
const struct kind *find_kind(const char *name);

/* webserver_http.c */
void serve(int connection, const struct kind *kind);

#endif
