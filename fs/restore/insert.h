/*
 * Inserts documents into one table: batches bounded by count and bytes, several in flight on
 * several connections. A batch whose answer was lost with a connection, or that the cluster could
 * not execute, is sent again; a document that was stored the first time then counts as success.
 *
 * Acknowledged is not durable: unless "hard" is set, batches are kept after their answer, up to
 * some MiB, until a sync on the same connection is answered. A lost connection may mean that the
 * server was killed: its kept batches are sent again. After an error which shows that another
 * server may have been killed ("primary replica not available") all kept batches are sent again.
 *
 * Each document is sent unchanged as a DATUM term: [1,{…}] needs no wrapping of arrays.
 *
 * Not thread-safe.
 */
#ifndef RDB_RESTORE_INSERT_H
#define RDB_RESTORE_INSERT_H

#include "cluster/back_off.h"
#include "cluster/cluster.h"
#include "reql/term.h"
#include "restore/hash_shard.h"
#include "json/split.h"

struct rdb_insert;

struct rdb_insert_options {
	const char *db, *table; /* copied */
	const char *key;        /* name of the primary key; copied */
	bool replace; /* replace a document that has the same key; false: such a document is an
			 error */
	bool hard;
	bool ignore_write_hook;
	unsigned connections;         /* at least 1 */
	struct rdb_back_off back_off; /* its pointers must outlive the inserts */
	/* Called with the documents and bytes newly acknowledged. */
	void (*acknowledged)(void *arg, uint64_t documents, uint64_t bytes);
	void *arg;
};

/* Creates the inserts; does not connect. Returns 0 or -ENOMEM. */
int rdb_insert_create(struct rdb_cluster *cluster, const struct rdb_insert_options *options,
	struct rdb_insert **out, struct rdb_err *err);

/* Closes at once, even with batches in flight. NULL: no effect. */
void rdb_insert_free(struct rdb_insert *insert);

/*
 * Adds a document (valid JSON, an object); sends and receives as needed. shard: see
 * rdb_hash_shard(); documents of the same shard are sent together. After an error only free may be
 * called. The error may be that of any document added before:
 *   -EINVAL  the server refuses a document; the error's text contains number, offset and reason. If
 *            the server does not show which document, the text contains the range
 *   -ECANCELED -EINTR
 *   errors of connecting and of rdb_response_check() that outlasted the time for retries
 */
int rdb_insert_add(struct rdb_insert *insert, const struct rdb_json_piece *document, unsigned shard,
	struct rdb_err *err);

/* Sends the remaining documents and waits until all are on disk. */
int rdb_insert_flush(struct rdb_insert *insert, struct rdb_err *err);

#endif
