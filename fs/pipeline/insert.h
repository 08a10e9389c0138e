/*
 * Inserts documents into a table. Batches are bounded by count and bytes, and several batches are
 * in flight on several connections. If the answer to a batch is lost, or the cluster could not
 * execute the batch, the batch is sent again. A document that the first attempt has stored then
 * counts as success.
 *
 * An acknowledged document may not be on disk yet. Unless target.hard is set, up to some MiB
 * of batches are kept after their answers, until a sync on the same connection is answered. When a
 * connection is lost, its server may have crashed, so its kept batches are sent again. After an
 * error which shows that another server may have crashed ("primary replica not available"), all
 * kept batches are sent again.
 *
 * Each document is sent unchanged as a DATUM term [1,{…}], in which arrays need no special form.
 *
 * Not thread-safe. After an error, only rdb_insert_free() may be called.
 */
#ifndef RDB_PIPELINE_INSERT_H
#define RDB_PIPELINE_INSERT_H

#include "cluster/back_off.h"
#include "cluster/cluster.h"
#include "pipeline/batch.h"
#include "pipeline/hash_shard.h"

struct rdb_insert;

struct rdb_insert_options {
	struct rdb_batch_target target; /* its texts must outlive the struct rdb_insert */
	const char *key;                /* name of the primary key; as long-lived as the target */
	unsigned connections;           /* number of connections; at least 1 */
	struct rdb_back_off back_off; /* objects it points to must outlive the struct rdb_insert */
	/* Called each time the server has acknowledged a batch. "documents" is the number of
	 * documents in the batch, and "bytes" is their total size. */
	void (*acknowledged)(void *arg, uint64_t documents, uint64_t bytes);
	void *arg;
};

/* Creates the struct rdb_insert without connecting. Returns 0 or -ENOMEM. */
int rdb_insert_create(struct rdb_cluster *cluster, const struct rdb_insert_options *options,
	struct rdb_insert **out, struct rdb_err *err);

/* Frees the struct rdb_insert. Closes the struct's connections at once, even if the server has not
 * answered all batches. Accepts NULL. */
void rdb_insert_free(struct rdb_insert *insert);

/*
 * Adds a document, a valid JSON object. "shard" is the result of rdb_hash_shard(). An error may
 * concern an earlier document.
 *
 * Returns:
 *   0                     the document was added
 *   -EINVAL               the server has refused a document or its whole batch; *err names the
 *                         document
 *   -ECANCELED or -EINTR  options.back_off.cancel was fired
 *   -ENOMEM               memory is exhausted
 *   other                 an error of connecting or of rdb_response_check(), after the retries
 */
int rdb_insert_add(struct rdb_insert *insert, const struct rdb_json_piece *document, unsigned shard,
	struct rdb_err *err);

/* Sends the remaining documents, and waits until the servers have all documents on disk. Returns 0,
 * or an error of rdb_insert_add(). */
int rdb_insert_flush(struct rdb_insert *insert, struct rdb_err *err);

#endif
