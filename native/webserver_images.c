/*
 * The images that this server stands for: one function for each, which gives the status of its answer.
 */
#include "webserver.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEALTHY_SECONDS = 10 };

extern char **environ;

static int http_echo(const struct request *r)
{
    if (strcmp(r->path, "/health")) return add("%s\n", server.text), 200;
    answer.type = "application/json";
    return add("{\"status\":\"ok\"}\n"), 200;
}

static int hello(const struct request *r)
{
    (void)r;
    return add("Hello Kubernetes!"), 200;
}

static int kubia(const struct request *r)
{
    (void)r;
    return add("You've hit %s\n", server.host), 200;
}

static int hello_app(const struct request *r)
{
    if (is_health(r->path)) return add("ok"), 200;
    return add("Hello, world!\nVersion: %s\nHostname: %s\n", server.version, server.host), 200;
}

static int hpa_example(const struct request *r)
{
    volatile double sum = 0.0001;
    (void)r;
    for (int i = 0; i <= 1000000; i++) sum += 1.0 / (i + 1);      /* what the image computes to be busy */
    return add("OK!"), 200;
}

static int kuard(const struct request *r)
{
    if (is_health(r->path)) return add("ok"), 200;
    if (!strcmp(r->path, "/env/api") || !strcmp(r->path, "/env")) return add_environment("\n"), 200;
    if (strcmp(r->path, "/")) return add("404 page not found\n"), 404;
    answer.type = "text/html";
    return add("<html><head><title>KUAR Demo</title></head><body>kuard on %s</body></html>\n", server.host), 200;
}

static int simpleservice(const struct request *r)
{
    answer.type = "application/json";
    if (!strcmp(r->path, "/health")) return add("{\"healthy\": true}"), 200;
    if (!strcmp(r->path, "/env")) {
        answer.type = "text/plain";
        return add_environment("\n"), 200;
    }
    if (!strcmp(r->path, "/info")) return add("{\"host\": \"%s:%d\", \"version\": \"%s\", \"from\": \"%s\"}", server.host, server.port, server.version, r->peer), 200;
    if (!strcmp(r->path, "/endpoint0")) return add("{\"host\": \"%s:%d\", \"version\": \"%s\", \"result\": \"all is well\"}", server.host, server.port, server.version), 200;
    return add("not found"), 404;
}

static int serve_hostname(const struct request *r)
{
    (void)r;
    return add("%s", server.host), 200;
}

static int netexec(const struct request *r)
{
    if (!strcmp(r->path, "/")) return add("NOW: %ld", (long)time(NULL)), 200;
    if (!strcmp(r->path, "/echo")) return add("%s", parameter(r, "msg")), 200;
    if (is_any(r->path, "/hostname", "/hostName", NULL)) return add("%s", server.host), 200;
    if (!strcmp(r->path, "/clientip")) return add("%s", r->peer), 200;
    if (!strcmp(r->path, "/header")) return add_pairs(r->headers, r->headers + strlen(r->headers), "\n"), 200;
    if (!strcmp(r->path, "/exit")) kill(getppid(), SIGTERM);
    if (is_health(r->path) || !strcmp(r->path, "/exit")) return 200;
    return add("404 page not found\n"), 404;
}

/* Healthy for ten seconds, for the exercise with the liveness probe. */
static int liveness(const struct request *r)
{
    long age = (long)(time(NULL) - server.started);
    if (strcmp(r->path, "/healthz")) return add("404 page not found\n"), 404;
    if (age > HEALTHY_SECONDS) return add("error: %ld", age), 500;
    return add("ok"), 200;
}

static int list_directory(const char *path)
{
    DIR *all = opendir(path);
    if (!all) return 404;
    answer.type = "text/html";
    add("<pre>\n");
    for (struct dirent *one; (one = readdir(all));)
        if (*one->d_name != '.') add("<a href=\"%s\">%s</a>\n", one->d_name, one->d_name);
    closedir(all);
    return add("</pre>\n"), 200;
}

static int test_webserver(const struct request *r)
{
    struct stat what;
    int file = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (strstr(r->path, "..") || file < 0 || fstat(file, &what) < 0) return add("404 page not found\n"), 404;
    if (S_ISDIR(what.st_mode)) return list_directory(r->path);
    ssize_t got = S_ISREG(what.st_mode) ? read(file, answer.body, BODY - 1) : -1;
    answer.length = got > 0 ? (size_t)got : 0;
    return 200;
}

static int echoserver(const struct request *r)
{
    add("\nHostname: %s\n\nRequest Information:\n\tclient_address=%s\n\tmethod=%s\n\treal path=%s\n\trequest_uri=http://%s:%d%s\n\nRequest Headers:\n",
        server.host, r->peer, r->method, r->path, server.host, server.port, r->path);
    return add_pairs(r->headers, r->headers + strlen(r->headers), "\n"), 200;
}

static int whoami(const struct request *r)
{
    if (!strcmp(r->path, "/health")) return 200;
    add("Hostname: %s\nRemoteAddr: %s\n%s %s HTTP/1.1\n", server.host, r->peer, r->method, r->path);
    return add_pairs(r->headers, r->headers + strlen(r->headers), "\n"), 200;
}

static int podinfo_environment(void)
{
    add("[");
    for (char **variable = environ; *variable; variable++) {
        if (variable > environ) add(",");
        add_json(*variable);
    }
    return add("]\n"), 200;
}

static int podinfo(const struct request *r)
{
    answer.type = "application/json; charset=utf-8";
    if (is_any(r->path, "/healthz", "/readyz", "/livez", NULL)) return add("{\n  \"status\": \"OK\"\n}\n"), 200;
    if (is_any(r->path, "/env", "/api/env", NULL)) return podinfo_environment();
    if (!strcmp(r->path, "/version")) return add("{\n  \"commit\": \"\",\n  \"version\": \"%s\"\n}\n", server.version), 200;
    if (!strncmp(r->path, "/status/", 8)) return add("{\n  \"status\": %d\n}\n", atoi(r->path + 8)), atoi(r->path + 8);
    if (!strncmp(r->path, "/delay/", 7)) return sleep((unsigned)atoi(r->path + 7)), add("{\n  \"delay\": %d\n}\n", atoi(r->path + 7)), 200;
    if (is_any(r->path, "/headers", "/metrics", NULL)) {
        answer.type = "text/plain";
        if (!strcmp(r->path, "/metrics")) return add("# TYPE podinfo_up gauge\npodinfo_up 1\n"), 200;
        return add_pairs(r->headers, r->headers + strlen(r->headers), "\n"), 200;
    }
    if (!is_any(r->path, "/", "/api/info", NULL)) return add("404 page not found\n"), 404;
    add("{\n  \"hostname\": \"%s\",\n  \"version\": \"%s\",\n  \"message\": ", server.host, server.version);
    add_json(getenv("PODINFO_UI_MESSAGE") ? getenv("PODINFO_UI_MESSAGE") : "greetings from podinfo");
    return add("\n}\n"), 200;
}

static const struct kind kinds[] = {
    { "http-echo", 5678, http_echo }, { "kuard", 8080, kuard }, { "kubia", 8080, kubia }, { "node-hello", 8080, hello }, { "hello-app", 8080, hello_app },
    { "simpleservice", 9876, simpleservice }, { "hpa-example", 80, hpa_example }, { "serve_hostname", 9376, serve_hostname },
    { "serve-hostname", 9376, serve_hostname }, { "netexec", 8080, netexec }, { "liveness", 8080, liveness },
    { "test-webserver", 80, test_webserver }, { "echoserver", 8080, echoserver }, { "whoami", 80, whoami }, { "podinfo", 9898, podinfo },
};

const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(name, kinds[i].name)) return &kinds[i];
    return NULL;
}
