/* Internals of the writer, shared by writer.c (the archive), writer_table.c (the functions for a
 * table's producer) and writer_turn.c (the choice of the table that is written directly to the
 * archive). */
#ifndef RDB_WRITER_WRITER_PRIVATE_H
#define RDB_WRITER_WRITER_PRIVATE_H

#include "base/queue.h"
#include "gz/deflate.h"
#include "writer/spool.h"
#include "writer/trunk.h"
#include "writer/writer.h"

#include <pthread.h>

#define RDB_WRITER_TRUNKS 16

/* The right to write to one trunk: the archive, or a separately written part of the archive. At
 * most one table has this right. */
struct rdb_turn {
	struct rdb_trunk *trunk; /* used by the turn's owner; NULL if opening failed */
	bool busy;               /* a table owns the turn; guarded by the writer's lock */
};

struct rdb_wtable {
	struct rdb_writer *writer;
	struct rdb_deflate *stream;
	char *name; /* DATABASE/TABLE */
	char *info;
	uint64_t estimate;
	uint64_t size; /* bytes of text, without padding */
	char *text;    /* text of a small table after its end; NULL for other tables */
	int64_t documents;
	int64_t started; /* seconds */
	int64_t ended;
	/* The fields from "turn" to "start" need no lock, because only one thread at a time uses
	 * the fields. Until the table's stream is flushed or closed, a thread of the deflater uses
	 * the fields. After this, the thread that ends or frees the table uses the fields. */
	struct rdb_turn *turn;    /* right to write to a trunk; NULL if pieces go to the spool */
	struct rdb_piece *pieces; /* pieces in the spool */
	size_t piece_count, piece_cap;
	struct rdb_ledger_mark start; /* end of the trunk before the .info file was added */
	/* The fields below are guarded by the writer's lock. */
	bool ending;
	TAILQ_ENTRY(rdb_wtable) link; /* in writer->open or writer->ended */
};

TAILQ_HEAD(rdb_wtables, rdb_wtable);

struct rdb_writer {
	struct rdb_deflater *deflater;
	struct rdb_spool *spool; /* NULL if creating the spool failed with spool_error */
	struct rdb_err spool_error;
	char *top;
	char *facts;
	int64_t time;

	pthread_mutex_t lock;                     /* guards the fields below */
	struct rdb_turn turns[RDB_WRITER_TRUNKS]; /* turns[0] has the archive's trunk */
	unsigned turn_count;
	bool all_branched; /* no more branches can be opened */
	struct rdb_wtables open;
	/* complete tables that must still be copied to the archive, in order of completion */
	struct rdb_wtables ended;
	size_t kept;                     /* bytes of text of small tables in memory */
	struct rdb_writer_totals totals; /* totals so far; the field "archive" is unused */
	struct rdb_err error;            /* the archive's first error */
};

/* ---- the archive ---- */

/* Records *err as the error of the archive, unless the archive already has an error. Returns
 * -err->code. */
int rdb_writer_failed(struct rdb_writer *writer, const struct rdb_err *err);

/* If the archive has failed, returns the archive's first error, with its text in *err. Otherwise
 * returns 0. */
int rdb_writer_check(struct rdb_writer *writer, struct rdb_err *err);

int rdb_writer_out_of_memory(struct rdb_err *err);

/* Returns the mtime for a new member in seconds: options.time if set, else the present time. */
int64_t rdb_writer_now(const struct rdb_writer *writer);

/* Returns true if the name is allowed for a file or folder in the archive. */
bool rdb_writer_name_is_fit(const char *name);

/* ---- a table ---- */

/* Limit in bytes below which a table counts as small. Several small tables are compressed together.
 */
#define RDB_WTABLE_SMALL ((size_t)64 * 1024)

/* Frees the table, and the space that the table's text uses in the temporary file. The table must
 * not be in a list of the writer. May wait for compression. */
void rdb_wtable_free(struct rdb_wtable *table);

/* ---- which table is written directly to the archive ---- */

/* Writes the table's next compressed piece to the archive. If the table can get no turn (the right
 * to write to the archive), writes the piece to the temporary file. Called on a thread of the
 * deflater. */
int rdb_wtable_deliver(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err);

/* Ends a table whose text is complete, and takes ownership of the table. The table must not be in a
 * list of the writer. A table without a turn (the right to write) is queued. Returns 0 or an
 * archive error. */
int rdb_wtable_end_content(struct rdb_wtable *table, struct rdb_err *err);

/* Removes everything that was written of a discarded table, and frees the table. The caller has
 * already closed the table's stream. */
void rdb_wtable_withdraw(struct rdb_wtable *table);

/* Frees the space that the table uses in the temporary file. */
void rdb_wtable_drop_pieces(struct rdb_wtable *table);

#endif
