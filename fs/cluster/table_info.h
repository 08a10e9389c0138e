/*
 * A table's .info, as needed by a restore. Immutable after parsing.
 *
 * The functions of indexes and of the write hook are sent back to the server, so they are accepted
 * only in the form in which the server reports them: {"$reql_type$":"BINARY","data":BASE64} without
 * other members. A backup is not trusted: anything else could be ReQL that the server would
 * execute.
 */
#ifndef RDB_CLUSTER_TABLE_INFO_H
#define RDB_CLUSTER_TABLE_INFO_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_TABLE_INFO_MAX ((size_t)16 << 20) /* bytes */
#define RDB_PRIMARY_KEY_MAX 128               /* bytes, including the NUL */

struct rdb_table_index {
	char *name;
	char *function;   /* JSON text of its "function", for index_create; NULL: not usable */
	const char *flaw; /* why it cannot be restored; NULL: it can */
};

struct rdb_table_info {
	char primary_key[RDB_PRIMARY_KEY_MAX]; /* "": not specified */
	struct rdb_table_index *indexes;
	size_t index_count;
	char *hook;            /* JSON text of the write hook's function; NULL: not usable */
	const char *hook_flaw; /* reason why the write hook cannot be restored; NULL: it can, or
				  there is none */
	bool has_hook;         /* the .info states whether the table has a hook */
	int64_t documents;     /* the server's estimate; -1: not specified */
};

/*
 * -EINVAL  not the JSON of a table's metadata
 * -ENOMEM
 */
int rdb_table_info_parse(
	const char *text, size_t len, struct rdb_table_info **out, struct rdb_err *err);
void rdb_table_info_free(struct rdb_table_info *info); /* NULL: no effect */

#endif
