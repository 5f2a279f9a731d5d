/*
 * Parsers of option values: see option_values.h. A value is valid only if all of it is understood.
 */
#include "option_values.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char wanted[96];

/* What the last number that was refused should have been, for the usage error; "" when it was not a number. */
const char *wanted_number(void)
{
    return wanted;
}

/*
 * Plain decimal only, as src/sys/number.ts reads it: no sign, blank, base or leading zero. strtoull(3) would take them, and what is out
 * of range would be another number: as a uid, 4294967296 is root.
 */
static bool parse_decimal(const char *text, unsigned long long least, unsigned long long most, unsigned long long *n)
{
    char *end;
    errno = 0;
    *n = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && (*text != '0' || !text[1]) && !*end && !errno && *n >= least && *n <= most) return true;
    snprintf(wanted, sizeof wanted, "not a number from %llu to %llu", least, most);
    return false;
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

static bool parse_unsigned(const char *text, unsigned least, unsigned most, unsigned *field)
{
    unsigned long long n;
    return parse_decimal(text, least, most, &n) && (*field = (unsigned)n, true);
}

bool parse_number(char *text, void *field)
{
    return parse_unsigned(text, 0, INT_MAX, field);
}

bool parse_positive_number(char *text, void *field)
{
    return parse_unsigned(text, 1, INT_MAX, field);
}

bool parse_port(char *text, void *field)
{
    unsigned port;
    return parse_unsigned(text, 1, UINT16_MAX, &port) && (*(uint16_t *)field = (uint16_t)port, true);
}

bool parse_size(char *text, void *field)
{
    unsigned long long n;
    return parse_decimal(text, 0, LLONG_MAX, &n) && parse_text(text, field);
}

/* A set of 64 bits; without 0x, which strtoull(3) would take. */
bool parse_hexadecimal(char *text, void *field)
{
    size_t length = strlen(text);
    if (!length || length > 16 || strspn(text, "0123456789abcdefABCDEF") != length) return false;
    *(uint64_t *)field = strtoull(text, NULL, 16);
    return true;
}

bool parse_descriptor(char *text, void *field)
{
    return parse_number(text, field) && *(int *)field > 2 && fcntl(*(int *)field, F_GETFD) >= 0;
}

/* 10, 0.5: at most three decimals, without floating point. As many seconds as Kubernetes' times have, in 64 bits of milliseconds. */
bool parse_seconds(char *text, void *field)
{
    unsigned long long whole, part = 0;
    char *point = strchr(text, '.');
    if (point) {
        *point++ = '\0';
        size_t digits = strlen(point);
        if (!digits || digits > 3 || strspn(point, "0123456789") != digits) return false;
        part = strtoull(point, NULL, 10);
        for (; digits < 3; digits++) part *= 10;
    }
    return parse_decimal(text, 0, INT_MAX, &whole) && (*(int64_t *)field = (int64_t)(whole * 1000 + part), true);
}

/* A probe with period 0 would run without a pause; a deadline of 0 means none. */
bool parse_positive_seconds(char *text, void *field)
{
    return parse_seconds(text, field) && *(int64_t *)field > 0;
}
