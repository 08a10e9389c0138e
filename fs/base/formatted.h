/* Formatting into allocated memory. */
#ifndef RDB_BASE_FORMATTED_H
#define RDB_BASE_FORMATTED_H

/* Formats a text as printf() does. Returns the text, which the caller frees, or NULL if memory is
 * exhausted. Unlike asprintf(), leaves no undefined pointer behind after a failure. */
char *rdb_formatted(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
