/*
 * A table's .info (written by rethinkdb dump too: table.info() with index_status and write_hook),
 * and other JSON objects in an archive. No tree is built: that takes many times the text's memory,
 * and the text is not trusted.
 */
#ifndef RDB_FORMAT_INFO_H
#define RDB_FORMAT_INFO_H

#include "json/text.h"

#include <stddef.h>
#include <stdint.h>

#define RDB_INFO_MAX (4 * 1024 * 1024) /* bytes; a longer one is ignored */

/* Reads the facts that users ask for, from a text that may be gzip. Unknown: -1 and "". Returns 0,
 * or -EINVAL: not a text of a .info. */
int rdb_info_parse(const char *text, size_t len, int64_t *indexes, char primary_key[128]);

/* Reads the object's member of that name. Returns false unless it is a string that fits with its
 * NUL and contains no other NUL. */
bool rdb_info_text(struct rdb_json_span object, const char *name, char *out, size_t size);

/* Passes the strings of an array that are valid names (format/member_name.h) to emit, each with a
 * NUL. emit returns false to stop. */
void rdb_info_each_name(
	struct rdb_json_span array, bool (*emit)(void *arg, const char *name), void *arg);

/* Reads the object's member of that name. Returns false unless it is a whole number >= 0. */
bool rdb_info_number(struct rdb_json_span object, const char *name, int64_t *out);

/* Reads the object's member of that name. Returns false unless it is an array. */
bool rdb_info_array(struct rdb_json_span object, const char *name, struct rdb_json_span *out);

#endif
