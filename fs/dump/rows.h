/*
 * A table's documents in the order of the primary key, batch by batch as text. Reading continues
 * behind the last document after a lost connection.
 *
 * While other clients use the cluster, one table at a time is read in small batches, with a pause
 * after each: a batch occupies a thread of the server until it is complete, and other queries wait
 * that long. Otherwise batches are large and the next one is requested ahead. A change of mode
 * continues behind the last document too.
 *
 * Not a snapshot: documents written meanwhile may be seen or not.
 */
#ifndef RDB_DUMP_ROWS_H
#define RDB_DUMP_ROWS_H

#include "cluster/client.h"
#include "cluster/load.h"
#include "dump/describe.h"
#include "dump/read_token.h"
#include "reql/cursor.h"
#include "reql/term.h"

/* Reading beside other clients; shared by all tables of a dump. */
struct rdb_manners {
	const struct rdb_load *load; /* NULL: other clients are ignored */
	struct rdb_turn *turn;       /* token of the table being read */
	uint32_t batch_bytes;        /* of a batch, while other clients use the cluster */
};

struct rdb_rows {
	struct rdb_client *client;
	const struct rdb_manners *manners;
	const char *name;                    /* "db.table", for messages */
	struct rdb_query_read query;         /* for a cluster without other clients */
	const struct rdb_describe *describe; /* the table as described at the start */
	struct rdb_buf key;                  /* key of the last document; empty: none yet */
	struct rdb_cursor cursor;
	bool open;   /* the cursor is */
	bool same;   /* the cursor reads the described table */
	bool gentle; /* the cursor was opened for a cluster that other clients use */
	bool turn;   /* is held */
	double rest; /* ms of pause before the next batch */
};

/* Everything that is pointed at must outlive the rows. Sends nothing yet. */
void rdb_rows_init(struct rdb_rows *rows, struct rdb_client *client,
	const struct rdb_manners *manners, const char *name, const struct rdb_query_read *query,
	const struct rdb_describe *describe);

/*
 * Returns the next batch: a JSON array of documents, valid until the next call.
 *   1           a batch
 *   0           no more
 *   -ENOENT     the table was dropped, or another one has its name now
 *   -ECANCELED
 *   errors of rdb_cursor_next() that retries did not overcome
 */
int rdb_rows_next(struct rdb_rows *rows, struct rdb_json_span *batch, struct rdb_err *err);

/*
 * Sets the place to continue from: behind this document, the last of the batch. Call it before the
 * next batch is requested.
 *   -EPROTO  it is not JSON, or has no primary key
 *   -ENOMEM
 */
int rdb_rows_keep(struct rdb_rows *rows, const char *document, size_t len, struct rdb_err *err);

void rdb_rows_close(struct rdb_rows *rows);

#endif
