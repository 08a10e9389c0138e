/*
 * Reads the documents of a table in the order of the primary key, as batches of text. After a lost
 * connection, reading continues after the last document.
 *
 * While other clients use the cluster, only one table at a time is read, in small batches with a
 * pause after each batch. The reason is that a batch occupies a thread of the server until the
 * batch is complete, and other queries must wait. At other times the batches are large, and the
 * next batch is requested ahead. After a change between these modes, reading continues after the
 * last document.
 *
 * The documents are not a snapshot: a document that is written during the reading may be included
 * or not.
 */
#ifndef RDB_DUMP_ROWS_H
#define RDB_DUMP_ROWS_H

#include "cluster/client.h"
#include "cluster/load.h"
#include "dump/describe.h"
#include "dump/read_token.h"
#include "reql/cursor.h"
#include "reql/term.h"

/* Limits on how much a backup slows down other clients. All tables of the backup share the struct.
 */
struct rdb_manners {
	const struct rdb_load *load; /* if NULL, other clients are ignored */
	struct rdb_read_token *turn; /* read token, so that one table at a time is read */
	uint32_t batch_bytes;        /* bytes per batch while other clients use the cluster */
};

/* The caller sets the first five fields, and sets all other fields to zero. The objects to which
 * the first five fields point must outlive the struct. */
struct rdb_rows {
	struct rdb_client *client;
	const struct rdb_manners *manners;
	const char *name;                    /* "db.table", for messages */
	struct rdb_query_read query;         /* query used while no other client uses the cluster */
	const struct rdb_describe *describe; /* the table as described at the start */
	struct rdb_buf key;                  /* key of the last document; empty before the first */
	struct rdb_cursor cursor;
	bool open;   /* the cursor is open */
	bool same;   /* the cursor is known to read the described table */
	bool gentle; /* the cursor was opened while other clients used the cluster */
	bool turn;   /* this reader holds the read token */
	double rest; /* ms of pause before the next batch */
};

/*
 * Waits for the next batch of documents. Stores the batch in *batch, a JSON array that is valid
 * until the next call.
 * Returns:
 *   1           *batch has the next batch
 *   0           the table has no more documents
 *   -ENOENT     the table was dropped or replaced
 *   -ECANCELED  the dump was cancelled
 *   other       an error of rdb_cursor_next()
 */
int rdb_rows_next(struct rdb_rows *rows, struct rdb_json_span *batch, struct rdb_err *err);

/* Stores the key of a batch's last document, so that a new connection can continue after this
 * document. Called before the next batch is requested. Returns 0, -ENOMEM, or -EPROTO if the
 * document has no key. */
int rdb_rows_keep(struct rdb_rows *rows, const char *document, size_t len, struct rdb_err *err);

void rdb_rows_close(struct rdb_rows *rows);

#endif
