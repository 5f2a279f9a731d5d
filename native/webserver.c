/*
 * NAME [OPTIONS]      a web server that stands for the images of courses, by the name that it is started under
 *
 * http-echo, kuard, kubia, node-hello, hello-app, simpleservice, hpa-example, agnhost (netexec, serve-hostname, liveness, test-webserver, pause),
 * serve_hostname, test-webserver, echoserver, whoami, podinfo: their ports, their flags for port and text, and the paths that exercises
 * and probes ask for. Other flags are ignored. Nothing here is meant for more than that.
 */
#include "webserver.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server server = { .text = "hello-world", .version = "1.0.0" };

/* -port=80, --port 80, -listen=:5678. */
static const char *value_of(char **words, const char *name)
{
    size_t size = strlen(name);
    for (; *words; words++) {
        const char *word = *words + strspn(*words, "-");
        if (word == *words || strncmp(word, name, size)) continue;
        if (word[size] == '=') return word + size + 1;
        if (!word[size] && words[1]) return words[1];
    }
    return NULL;
}

static int port_of(const struct kind *kind, char **words)
{
    static const char *const flags[] = { "http-port", "port", "listen", "address" };
    static const char *const variables[] = { "PORT", "PORT0", "PODINFO_PORT", "WHOAMI_PORT_NUMBER" };
    const char *found = NULL;
    for (size_t i = 0; !found && i < sizeof flags / sizeof *flags; i++) found = value_of(words, flags[i]);
    for (size_t i = 0; !found && i < sizeof variables / sizeof *variables; i++) found = getenv(variables[i]);
    if (found && strrchr(found, ':')) found = strrchr(found, ':') + 1;
    return found && atoi(found) > 0 && atoi(found) < 65536 ? atoi(found) : kind->port;
}

/* Both families where the kernel has IPv6: `localhost` is ::1 first. */
static int listen_on(int number)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((unsigned short)number) };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((unsigned short)number) };
    int on = 1, off = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&six, sizeof six) == 0 && listen(fd, 64) == 0) return fd;
    if (fd >= 0) close(fd);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&four, sizeof four) < 0 || listen(fd, 64) < 0) perror("listen"), exit(1);
    return fd;
}

static void end(int signal)
{
    (void)signal;
    _exit(0);
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    char **words = argv + 1;
    signal(SIGTERM, end);
    signal(SIGINT, end);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (!strcmp(name, "agnhost") && argc > 1) name = *words++;
    const struct kind *kind = find_kind(name);
    if (!kind && (!strcmp(name, "agnhost") || !strcmp(name, "pause"))) for (;;) pause();
    if (!kind) return fprintf(stderr, "%s: this stand-in has no such server\n", name), 1;
    server.started = time(NULL);
    gethostname(server.host, sizeof server.host - 1);
    if (value_of(words, "text")) server.text = value_of(words, "text");
    if (getenv("SIMPLE_SERVICE_VERSION")) server.version = getenv("SIMPLE_SERVICE_VERSION");
    server.port = port_of(kind, words);
    int listener = listen_on(server.port);
    for (int connection; (connection = accept(listener, NULL, NULL)) >= 0 || true;) {
        if (connection < 0) continue;
        if (fork() == 0) {
            signal(SIGTERM, SIG_DFL);
            serve(connection, kind);
            shutdown(connection, SHUT_WR);
            _exit(0);
        }
        close(connection);
    }
}
