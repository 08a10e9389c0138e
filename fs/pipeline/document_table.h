/*
 * The primary key of the table to which the document writer wrote last, and whether the table has a
 * write hook. Both are read again after a few seconds. Not thread-safe.
 */
#ifndef RDB_PIPELINE_DOCUMENT_TABLE_H
#define RDB_PIPELINE_DOCUMENT_TABLE_H

#include "cluster/client.h"
#include "cluster/table_info.h"

#include <stdint.h>

/* The table to which documents are written, and the facts about the table that are needed for the
 * writes. In a zero-initialised struct, no table is known. */
struct rdb_document_table {
	char *db, *name; /* NULL if no table is known */
	int64_t until;   /* time of expiry, in s of the monotonic clock */
	char key[RDB_PRIMARY_KEY_MAX];
	bool hook; /* the table has a write hook that the user may bypass */
};

/* Reads the facts about the table db.name from the server, unless *table already has unexpired
 * facts about this table. Returns 0, -ENOMEM, -EPROTO, or an error of rdb_client_query(). */
int rdb_document_table_learn(struct rdb_document_table *table, struct rdb_client *client,
	const char *db, const char *name, struct rdb_err *err);
void rdb_document_table_forget(struct rdb_document_table *table);

#endif
