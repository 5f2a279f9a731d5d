/*
 * Parsers of option values: see option_values.h. A value is valid only if all of it is understood.
 */
#include "option_values.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static bool parse_integer(const char *text, int base, unsigned long long limit, unsigned long long *n)
{
    char *end;
    errno = 0;
    *n = strtoull(text, &end, base);
    return *text && strchr("0123456789abcdefABCDEF", *text) && !*end && !errno && *n <= limit;
}

bool parse_flag(char *text, void *field)
{
    (void)text;
    return *(bool *)field = true;
}

bool parse_text(char *text, void *field)
{
    *(const char **)field = text;
    return *text;
}

/* Absolute, because the shim leaves its working directory so as not to keep that file system busy. */
bool parse_path(char *text, void *field)
{
    return *text == '/' && parse_text(text, field);
}

bool parse_number(char *text, void *field)
{
    unsigned long long n;
    return parse_integer(text, 10, INT_MAX, &n) && (*(unsigned *)field = (unsigned)n, true);
}

bool parse_positive_number(char *text, void *field)
{
    return parse_number(text, field) && *(unsigned *)field > 0;
}

bool parse_size(char *text, void *field)
{
    unsigned long long n;
    return parse_integer(text, 10, LLONG_MAX, &n) && parse_text(text, field);
}

bool parse_hexadecimal(char *text, void *field)
{
    unsigned long long n;
    return parse_integer(text, 16, ~0ULL, &n) && (*(uint64_t *)field = n, true);
}

bool parse_descriptor(char *text, void *field)
{
    return parse_number(text, field) && *(int *)field > 2 && fcntl(*(int *)field, F_GETFD) >= 0;
}

/* 10, 0.5: at most three decimals, without floating point. */
bool parse_seconds(char *text, void *field)
{
    unsigned long long whole, part = 0;
    char *point = strchr(text, '.');
    if (point) {
        *point++ = '\0';
        if (strlen(point) > 3 || !parse_integer(point, 10, 999, &part)) return false;
        for (size_t digits = strlen(point); digits < 3; digits++) part *= 10;
    }
    return parse_integer(text, 10, INT_MAX / 1000, &whole) && (*(long *)field = (long)(whole * 1000 + part), true);
}

/* A probe with period 0 would run without a pause; a deadline of 0 means none. */
bool parse_positive_seconds(char *text, void *field)
{
    return parse_seconds(text, field) && *(long *)field > 0;
}
