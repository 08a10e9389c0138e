/* Parsing of a table's .info file, and of other JSON in an archive, without building a tree: the
 * text is not trusted, and a tree would need many times its memory. */
#ifndef RDB_FORMAT_INFO_H
#define RDB_FORMAT_INFO_H

#include "json/text.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define RDB_INFO_MAX (4 * 1024 * 1024) /* bytes; a longer .info file is ignored */

/* Parses a table's metadata, a JSON text that may be compressed with gzip. Stores the number of
 * indexes (-1 if unknown) and the primary key's name ("" if unknown). Returns 0, or -EINVAL if the
 * text is not valid. */
int rdb_info_parse(const char *text, size_t len, int64_t *indexes, char primary_key[128]);

/* Copies the string in the object's member "name" to out. Returns false if the member is missing,
 * if its value is not a string or contains a NUL, or if the string does not fit into out. */
bool rdb_info_text(struct rdb_json_span object, const char *name, char *out, size_t size);

/* Calls emit() for each name in the JSON array. Skips elements that are not strings, and strings
 * that are not valid names (format/member_name.h). If emit() returns false, skips all remaining
 * elements. */
void rdb_info_each_name(
	struct rdb_json_span array, bool (*emit)(void *arg, const char *name), void *arg);

/* Stores in *out the number in the object's member "name". Returns false if the member is missing,
 * negative, not a whole number, or longer than 18 digits. */
bool rdb_info_number(struct rdb_json_span object, const char *name, int64_t *out);

#define RDB_INFO_TIME_MAX INT64_C(253402300799) /* end of the year 9999 */

/* Stores in *out the time, in seconds since 1970, from the object's member whose name is the
 * parameter "name". Returns false if the member is missing, or is not a whole number from 1 to
 * RDB_INFO_TIME_MAX. */
bool rdb_info_time(struct rdb_json_span object, const char *name, time_t *out);

/* Searches the object for the field "name". If the field is an array, stores the array in *out, and
 * returns true. Otherwise returns false, and the value of *out is undefined. */
bool rdb_info_array(struct rdb_json_span object, const char *name, struct rdb_json_span *out);

#endif
