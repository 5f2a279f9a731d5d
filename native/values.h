/*
 * values.c: what stands behind an option, read into a field of the right type.
 */
#ifndef VALUES_H
#define VALUES_H

#include <stdbool.h>

bool flag(char *text, void *field);             /* bool */
bool word(char *text, void *field);             /* const char * */
bool place(char *text, void *field);            /* const char * */
bool number(char *text, void *field);           /* unsigned */
bool count(char *text, void *field);            /* unsigned, not 0 */
bool size(char *text, void *field);             /* const char *: it is for the kernel to read */
bool hexadecimal(char *text, void *field);      /* uint64_t */
bool descriptor(char *text, void *field);       /* int */
bool seconds(char *text, void *field);          /* long, milliseconds */
bool some_seconds(char *text, void *field);     /* long, milliseconds, not 0 */

/* errand_options.c: into a struct errands */
bool errand(char *text, void *field);
bool errand_exec(char *text, void *field);
bool errand_tcp(char *text, void *field);
bool errand_http(char *text, void *field);
bool errand_header(char *text, void *field);
bool errand_sleep(char *text, void *field);

#endif
