/*
 * A table's .info (shared with rethinkdb dump: table.info() with index_status and write_hook), and
 * other JSON objects that an archive brings along. No tree of the text is made: it takes many
 * times the text's memory, and the text isn't trusted.
 */
#ifndef RDB_ARCHIVE_INFO_H
#define RDB_ARCHIVE_INFO_H

#include "json/text.h"

#include <stddef.h>
#include <stdint.h>

#define RDB_INFO_MAX (4 * 1024 * 1024) /* bytes; a longer one isn't looked into */

/* What users ask for, of a text that may be gzip. Unknown: -1 and "". 0, or -EINVAL when it isn't
 * such a text. */
int rdb_info_parse(const char *text, size_t len, int64_t *indexes, char primary_key[128]);

/* The object's member of that name, if it is a text that fits with its NUL and has no other. */
bool rdb_info_text(struct rdb_json_span object, const char *name, char *out, size_t size);

/* Hands out the texts of an array, with their NUL: those that a name may be
 * (archive/member_name.h). emit returns false to stop. */
void rdb_info_each_name(
	struct rdb_json_span array, bool (*emit)(void *arg, const char *name), void *arg);

/* The object's member of that name, if it is a whole number from 0 up. */
bool rdb_info_number(struct rdb_json_span object, const char *name, int64_t *out);

/* The object's member of that name, if it is an array. */
bool rdb_info_array(struct rdb_json_span object, const char *name, struct rdb_json_span *out);

#endif
