/*
 * --escaped, as the first option: in all words that follow, and in the environment, \ooo stands for a byte. Node passes strings, and
 * can pass a byte that is not UTF-8 in no other way.
 */
#include "shim.h"

#include <string.h>

extern char **environ;

static bool is_octal(const char *text)
{
    return strspn(text, "01234567") >= 3 && text[0] <= '3';
}

/* In place: what is decoded is shorter. */
static void decode(char *text)
{
    char *out = text;
    for (; *text; text++)
        if (*text == '\\' && is_octal(text + 1)) {
            *out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
            text += 3;
        } else *out++ = *text;
    *out = '\0';
}

void decode_escaped(int *argc, char **argv)
{
    if (*argc < 3 || strcmp(argv[2], "--escaped")) return;
    for (char **word = argv + 3; *word; word++) decode(*word);
    for (char **variable = environ; *variable; variable++) decode(*variable);
    memmove(argv + 2, argv + 3, (size_t)(*argc - 2) * sizeof *argv);
    --*argc;
}
