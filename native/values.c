/*
 * The values of options, read into a field. False: it is not one. What is not wholly understood is not taken in part.
 */
#include "values.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static bool a_number(const char *text, int base, unsigned long long limit, unsigned long long *n)
{
    char *end;
    errno = 0;
    *n = strtoull(text, &end, base);
    return *text && strchr("0123456789abcdefABCDEF", *text) && !*end && !errno && *n <= limit;
}

bool flag(char *text, void *field)
{
    (void)text;
    return *(bool *)field = true;
}

bool word(char *text, void *field)
{
    *(const char **)field = text;
    return *text;
}

/* Paths are absolute: the shim leaves the directory it was started in, so as not to keep it busy. */
bool place(char *text, void *field)
{
    return *text == '/' && word(text, field);
}

bool number(char *text, void *field)
{
    unsigned long long n;
    return a_number(text, 10, INT_MAX, &n) && (*(unsigned *)field = (unsigned)n, true);
}

bool size(char *text, void *field)
{
    unsigned long long n;
    return a_number(text, 10, LLONG_MAX, &n) && word(text, field);
}

bool hexadecimal(char *text, void *field)
{
    unsigned long long n;
    return a_number(text, 16, ~0ULL, &n) && (*(uint64_t *)field = n, true);
}

bool descriptor(char *text, void *field)
{
    return number(text, field) && *(int *)field > 2 && fcntl(*(int *)field, F_GETFD) >= 0;
}

/* 10, 0.5: no floating point for a thousandth of a second. */
bool seconds(char *text, void *field)
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

/* A period of nothing would be an errand without end, a deadline of nothing no deadline. */
bool some_seconds(char *text, void *field)
{
    return seconds(text, field) && *(long *)field > 0;
}

bool count(char *text, void *field)
{
    return number(text, field) && *(unsigned *)field > 0;
}
