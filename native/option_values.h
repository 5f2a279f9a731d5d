/*
 * Parsers of option values. Each reads `text` into a field of the type named here; false: the value is not valid.
 */
#ifndef OPTION_VALUES_H
#define OPTION_VALUES_H

#include <stdbool.h>

bool parse_flag(char *text, void *field);               /* bool */
bool parse_text(char *text, void *field);               /* const char *, not empty */
bool parse_path(char *text, void *field);               /* const char *, absolute */
bool parse_number(char *text, void *field);             /* unsigned */
bool parse_positive_number(char *text, void *field);    /* unsigned */
bool parse_port(char *text, void *field);               /* uint16_t */
bool parse_size(char *text, void *field);               /* const char *: a checked decimal number, passed to the kernel as text */
bool parse_hexadecimal(char *text, void *field);        /* uint64_t */
bool parse_descriptor(char *text, void *field);         /* int, an open descriptor */
bool parse_seconds(char *text, void *field);            /* int64_t, milliseconds */
bool parse_positive_seconds(char *text, void *field);   /* int64_t, milliseconds */

/* The range in which the last number was not, in words: for the usage error. */
const char *wanted_number(void);

/* handler_options.c: into a struct handlers */
bool parse_handler(char *text, void *field);
bool parse_handler_exec(char *text, void *field);
bool parse_handler_tcp(char *text, void *field);
bool parse_handler_http(char *text, void *field);
bool parse_handler_https(char *text, void *field);
bool parse_handler_grpc(char *text, void *field);
bool parse_handler_header(char *text, void *field);
bool parse_handler_sleep(char *text, void *field);

#endif
