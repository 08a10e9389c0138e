/*
 * A table's documents in the order of the primary key, batch by batch as text, gone on with
 * behind the last one when the connection was lost.
 *
 * While others use the cluster, one table at a time is read in small batches, with a rest after
 * each: a batch occupies a thread of the server until it is made, and other queries wait
 * that long. Otherwise batches are large and the next one is made ahead. The change from one to
 * the other goes on behind the last document too.
 *
 * Not a snapshot: documents that others write meanwhile are seen or not.
 */
#ifndef RDB_DUMP_ROWS_H
#define RDB_DUMP_ROWS_H

#include "cluster/client.h"
#include "cluster/load.h"
#include "dump/describe.h"
#include "dump/read_token.h"
#include "reql/cursor.h"
#include "reql/term.h"

/* How to read from a cluster that others use meanwhile; shared by all tables of a dump. */
struct rdb_manners {
	const struct rdb_load *load; /* NULL: other clients do not count */
	struct rdb_turn *turn;       /* of the table that is read then */
	uint32_t batch_bytes;        /* of a batch, while other clients use the cluster */
};

struct rdb_rows {
	struct rdb_client *client;
	const struct rdb_manners *manners;
	const char *name;                    /* "db.table", for messages */
	struct rdb_query_read query;         /* for a cluster without other clients */
	const struct rdb_describe *describe; /* of the table, as it was when this began */
	struct rdb_buf key;                  /* the last document's key; empty: none yet */
	struct rdb_cursor cursor;
	bool open;   /* the cursor is */
	bool same;   /* and it reads the table that was described */
	bool gentle; /* it has been opened for a cluster that others use */
	bool turn;   /* is held */
	double rest; /* ms that the cluster is left alone for before the next batch */
};

/* What is pointed at outlives the rows. Does nothing yet. */
void rdb_rows_init(struct rdb_rows *rows, struct rdb_client *client,
	const struct rdb_manners *manners, const char *name, const struct rdb_query_read *query,
	const struct rdb_describe *describe);

/*
 * The next batch: a JSON array of documents, there until the next call.
 *   1           a batch
 *   0           that was all
 *   -ENOENT     the table is gone, or another one has its name now
 *   -ECANCELED
 *   errors of rdb_cursor_next() that stayed when tried again
 */
int rdb_rows_next(struct rdb_rows *rows, struct rdb_json_span *batch, struct rdb_err *err);

/*
 * Tells where to go on: behind this document, the last of the batch. To be called before the
 * next batch is asked for.
 *   -EPROTO  it is not JSON, or has no primary key
 *   -ENOMEM
 */
int rdb_rows_keep(struct rdb_rows *rows, const char *document, size_t len, struct rdb_err *err);

void rdb_rows_close(struct rdb_rows *rows);

#endif
