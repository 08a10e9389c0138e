/*
 * A table's .info, as a restore needs it. Immutable after its making.
 *
 * The functions of indexes and of the write hook are given back to the server, so they are taken
 * only as it gives them: {"$reql_type$":"BINARY","data":BASE64} with nothing else in it. A backup
 * is not trusted: anything else could be ReQL that the server would carry out.
 */
#ifndef RDB_CLUSTER_TABLE_INFO_H
#define RDB_CLUSTER_TABLE_INFO_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_TABLE_INFO_MAX ((size_t)16 << 20) /* bytes */
#define RDB_PRIMARY_KEY_MAX 128               /* bytes with the NUL */

struct rdb_table_index {
	char *name;
	char *function;   /* the JSON text of its "function", for index_create; NULL: none usable */
	const char *flaw; /* why it can't be restored; NULL: it can */
};

struct rdb_table_info {
	char primary_key[RDB_PRIMARY_KEY_MAX]; /* "": it does not say */
	struct rdb_table_index *indexes;
	size_t index_count;
	char *hook;            /* the JSON text of the write hook's function; NULL: none usable */
	const char *hook_flaw; /* why it can't be restored; NULL: it can, or there is none */
	bool has_hook;         /* it says whether there is one */
	int64_t documents;     /* about so many, as the server estimated; -1: it does not say */
};

/*
 * -EINVAL  not the JSON of a table's metadata
 * -ENOMEM
 */
int rdb_table_info_parse(
	const char *text, size_t len, struct rdb_table_info **out, struct rdb_err *err);
void rdb_table_info_free(struct rdb_table_info *info); /* NULL is nothing */

#endif
