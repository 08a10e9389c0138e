/*
 * Documents into one table: batches bounded by count and bytes, several in flight on several
 * connections. What an answer is missing for when a connection is lost, or what the cluster
 * could not do, is sent again in a way that a document which did arrive counts as there.
 *
 * Acknowledged is not durable: unless "hard" is set, batches are kept after their answer, up to
 * some MiB, until a sync on the same connection is answered. A connection that is lost in between
 * may have led to a server that was killed: its kept batches are sent again. After an error that
 * says the same of a server further away ("primary replica not available") all of them are.
 *
 * Each document is sent as it is, as a DATUM term: [1,{…}] needs no wrapping of arrays.
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
	const char *key;        /* the primary key's name; copied */
	bool replace;           /* a document of the same key is replaced; else it is an error */
	bool hard;
	bool ignore_write_hook;
	unsigned connections;         /* 1 at least */
	struct rdb_back_off back_off; /* what it points to outlives the inserts */
	/* So many documents and bytes of them have been acknowledged. */
	void (*acknowledged)(void *arg, uint64_t documents, uint64_t bytes);
	void *arg;
};

/* Connects to nothing yet. 0, -ENOMEM. */
int rdb_insert_create(struct rdb_cluster *cluster, const struct rdb_insert_options *options,
	struct rdb_insert **out, struct rdb_err *err);

/* Closes at once, whatever is in flight. NULL is nothing. */
void rdb_insert_free(struct rdb_insert *insert);

/*
 * Adds a document (valid JSON, an object), and sends and receives as it goes. shard: see
 * rdb_hash_shard(); those of the same one go together. After an error only
 * free may be called. The error may be that of any document added before:
 *   -EINVAL  the server refuses a document; the words tell number, offset and reason. Where the
 *            server does not show which one it is, they tell from which to which it may be
 *   -ECANCELED -EINTR
 *   errors of connecting and of rdb_response_check() that did not pass within the time for retries
 */
int rdb_insert_add(struct rdb_insert *insert, const struct rdb_json_piece *document, unsigned shard,
	struct rdb_err *err);

/* Sends what is left and waits until all documents are on disk. */
int rdb_insert_flush(struct rdb_insert *insert, struct rdb_err *err);

#endif
