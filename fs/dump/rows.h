/*
 * Documents of a table in the order of the primary key, batch by batch as text. After a lost
 * connection, reading continues after the last document.
 *
 * While other clients use the cluster, only one table at a time is read, in small batches with a
 * pause after each: a batch occupies a thread of the server until it is complete, and other queries
 * wait that long. Otherwise batches are large and the next one is requested ahead. A change of mode
 * also continues after the last document.
 *
 * Not a snapshot: documents written meanwhile may be included or not.
 */
#ifndef RDB_DUMP_ROWS_H
#define RDB_DUMP_ROWS_H

#include "cluster/client.h"
#include "cluster/load.h"
#include "dump/describe.h"
#include "dump/read_token.h"
#include "reql/cursor.h"
#include "reql/term.h"

/* How a dump reads while other clients use the cluster; shared by all its tables. */
struct rdb_manners {
	const struct rdb_load *load; /* NULL: other clients are ignored */
	struct rdb_read_token *turn; /* token for reading, one table at a time */
	uint32_t batch_bytes;        /* bytes per batch, while other clients use the cluster */
};

struct rdb_rows {
	struct rdb_client *client;
	const struct rdb_manners *manners;
	const char *name;                    /* "db.table", for messages */
	struct rdb_query_read query;         /* used while no other clients use the cluster */
	const struct rdb_describe *describe; /* the table as described at the start */
	struct rdb_buf key;                  /* key of the last document; empty: none yet */
	struct rdb_cursor cursor;
	bool open;   /* cursor is open */
	bool same;   /* cursor is known to read the described table */
	bool gentle; /* cursor was opened while other clients used the cluster */
	bool turn;   /* token is held */
	double rest; /* ms of pause before the next batch */
};

/* Prepares reading without sending anything. All pointers must stay valid until
 * rdb_rows_close(). */
void rdb_rows_init(struct rdb_rows *rows, struct rdb_client *client,
	const struct rdb_manners *manners, const char *name, const struct rdb_query_read *query,
	const struct rdb_describe *describe);

/*
 * Returns the next batch: a JSON array of documents, valid until the next call.
 *   1           a batch
 *   0           no more
 *   -ENOENT     the table was dropped, or its name belongs to another table now
 *   -ECANCELED
 *   errors of rdb_cursor_next() that persist after retries
 */
int rdb_rows_next(struct rdb_rows *rows, struct rdb_json_span *batch, struct rdb_err *err);

/*
 * Sets where to continue: after this document, the last one of the batch. Must be called before the
 * next batch is requested.
 *   -EPROTO  the document is not JSON, or has no primary key
 *   -ENOMEM
 */
int rdb_rows_keep(struct rdb_rows *rows, const char *document, size_t len, struct rdb_err *err);

void rdb_rows_close(struct rdb_rows *rows);

#endif
