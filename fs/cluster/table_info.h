/*
 * Metadata of a table, parsed from the table's .info file for a restore. After parsing, only
 * rdb_table_info_adopt() changes the object.
 *
 * The functions of indexes and of the write hook are sent to the server. They are accepted only in
 * the form in which the server reports them, {"$reql_type$":"BINARY","data":BASE64} without other
 * members. A backup is not trusted, because any other value could be ReQL that the server executes.
 */
#ifndef RDB_CLUSTER_TABLE_INFO_H
#define RDB_CLUSTER_TABLE_INFO_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_TABLE_INFO_MAX ((size_t)16 << 20) /* bytes */
#define RDB_PRIMARY_KEY_MAX 128               /* limit on the name, in bytes, including the NUL */

struct rdb_table_index {
	char *name;
	char *function;   /* JSON text of "function", for index_create; NULL if not usable */
	const char *flaw; /* reason why the index cannot be restored; NULL if it can be */
};

struct rdb_table_info {
	char primary_key[RDB_PRIMARY_KEY_MAX]; /* "": not specified */
	struct rdb_table_index *indexes;
	size_t index_count;
	char *hook;            /* JSON text of the write hook's function; NULL if not usable */
	const char *hook_flaw; /* reason why the hook cannot be restored; NULL if there is none */
	bool hook_adopted;     /* the hook was copied by rdb_table_info_adopt() */
	bool has_hook;         /* the .info file says whether the table has a hook */
	int64_t documents;     /* number of documents estimated by the server; -1 if unknown */
};

/* Parses the text of a table's .info file. The text may be compressed with gzip. Returns 0,
 * -ENOMEM, or -EINVAL if the text is invalid. */
int rdb_table_info_parse(
	const char *text, size_t len, struct rdb_table_info **out, struct rdb_err *err);
void rdb_table_info_free(struct rdb_table_info *info); /* NULL: no effect */

/* Returns the index with this name, or NULL. */
const struct rdb_table_index *rdb_table_info_find(
	const struct rdb_table_info *info, const char *name);

/* Returns true if *info describes an index or a write hook that cannot be restored, for example
 * because its function is missing. */
bool rdb_table_info_lacks(const struct rdb_table_info *info);

/* Copies missing functions of the write hook and the indexes from *from to *info. An index receives
 * the function of the index with the same name. After each copy, calls adopted() with the index's
 * name (NULL for the write hook) and the reason why the function was missing. Returns 0 or -ENOMEM.
 */
int rdb_table_info_adopt(struct rdb_table_info *info, const struct rdb_table_info *from,
	void (*adopted)(void *arg, const char *index, const char *flaw), void *arg,
	struct rdb_err *err);

#endif
